# What Debian's policy wants otherwise than `cmake --install` leaves it: run by cpack on the files to be packed.
cmake_minimum_required(VERSION 3.25)
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}${CPACK_PACKAGING_INSTALL_PREFIX})
set(documents ${root}/${CPACK_MLTAT_DOCDIR})
set(maintainer ${CPACK_PACKAGE_CONTACT})
set(version ${CPACK_PACKAGE_VERSION})
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
string(TIMESTAMP year "%Y" UTC)

file(GLOB programs ${root}/bin/*)
execute_process(COMMAND ${CPACK_MLTAT_STRIP} --remove-section=.comment --remove-section=.note ${programs}
                COMMAND_ERROR_IS_FATAL ANY)

# The licence is named in `copyright`, its text is one of those that every Debian has.
file(REMOVE ${documents}/LICENSE)
configure_file(${CPACK_MLTAT_PACKAGE_DIR}/copyright.in ${documents}/copyright @ONLY)
configure_file(${CPACK_MLTAT_PACKAGE_DIR}/changelog.in ${documents}/changelog @ONLY)
configure_file(${CPACK_MLTAT_PACKAGE_DIR}/lintian-overrides ${root}/share/lintian/overrides/mltat COPYONLY)

file(GLOB pages ${root}/share/man/man*/*)
execute_process(COMMAND gzip -9n ${pages} ${documents}/changelog COMMAND_ERROR_IS_FATAL ANY)
file(GLOB links ${root}/lib/mltat/man/man*/*)
foreach(link ${links})
  file(READ_SYMLINK ${link} target)
  file(CREATE_LINK ${target}.gz ${link}.gz SYMBOLIC)
  file(REMOVE ${link})
endforeach()

# Whatever the umask was.
execute_process(COMMAND chmod -R u=rwX,go=rX ${CPACK_TEMPORARY_INSTALL_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
