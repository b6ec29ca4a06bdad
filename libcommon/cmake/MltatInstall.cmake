# What `cmake --install` puts where. With MLTAT_BIN_PREFIX programs, their pages and completions stand under prefixed
# names; the plain ones are links in lib/mltat, for who puts lib/mltat/bin in front of PATH: man(1) then finds
# lib/mltat/man by itself.
set(MLTAT_PLAIN_DIR lib/mltat)
list(JOIN tools "|" any_tool)

# A symbolic link between two places below the prefix, relative, so that the folder can be moved.
function(mltat_install_link target link)
  get_filename_component(folder ${link} DIRECTORY)
  file(RELATIVE_PATH target /${folder} /${target})
  install(CODE "file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${folder}\")
                file(CREATE_LINK ${target} \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${link}\" SYMBOLIC)")
endfunction()

# A page as it is, or with the names that its programs have: in its title, in its NAME, and where pages refer to it.
function(mltat_install_page page)
  get_filename_component(name ${page} NAME)
  string(REGEX MATCH "[0-9]$" section ${name})
  if(MLTAT_BIN_PREFIX)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page})
    file(READ ${page} text)
    string(REGEX REPLACE "(Xr|Nm) (${any_tool})([ \n])" "\\1 ${MLTAT_BIN_PREFIX}\\2\\3" text "${text}")
    if(section EQUAL 1)
      string(TOUPPER ${MLTAT_BIN_PREFIX} title)
      string(REPLACE "\n.Dt " "\n.Dt ${title}" text "${text}")
      mltat_install_link(${CMAKE_INSTALL_MANDIR}/man1/${MLTAT_BIN_PREFIX}${name} ${MLTAT_PLAIN_DIR}/man/man1/${name})
      set(name ${MLTAT_BIN_PREFIX}${name})
    endif()
    set(page ${CMAKE_BINARY_DIR}/man/${name})
    file(WRITE ${page} "${text}")
  endif()
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()

file(GLOB pages CONFIGURE_DEPENDS man/*.[1-9])
foreach(page ${pages})
  mltat_install_page(${page})
endforeach()

set(bash_completions ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
foreach(tool ${tools})
  install(FILES libcommon/cli/completions/mltat.bash DESTINATION ${bash_completions} RENAME ${MLTAT_BIN_PREFIX}${tool})
  if(MLTAT_BIN_PREFIX)
    mltat_install_link(${CMAKE_INSTALL_BINDIR}/${MLTAT_BIN_PREFIX}${tool} ${MLTAT_PLAIN_DIR}/bin/${tool})
    mltat_install_link(${bash_completions}/${MLTAT_BIN_PREFIX}${tool} ${bash_completions}/${tool})
  endif()
endforeach()
set(programs ${tools})
if(MLTAT_BIN_PREFIX)
  list(TRANSFORM tools PREPEND ${MLTAT_BIN_PREFIX} OUTPUT_VARIABLE prefixed)
  list(APPEND programs ${prefixed})
endif()
list(JOIN programs " " programs)
configure_file(libcommon/cli/completions/mltat.zsh.in completions/_mltat @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/completions/_mltat DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)

install(FILES Makefile.example LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} USE_SOURCE_PERMISSIONS PATTERN __pycache__ EXCLUDE)

# The bill of materials is made of the programs as installed. Of a package that is headers alone nothing is left to see
# in them, so these are told.
find_path(MLTAT_HEADERS CLI/CLI.hpp REQUIRED)
configure_file(libcommon/cmake/package/bill.cmake.in bill.cmake @ONLY)
install(SCRIPT ${CMAKE_BINARY_DIR}/bill.cmake)
