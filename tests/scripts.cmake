# Tests that are scripts: golden cases, bats files, checks of the source text. Status 77 is "cannot run here".
set(bin ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})

function(mltat_script_test name label)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 600
                       ENVIRONMENT "MLTAT_BIN=${bin};TZ=UTC;LC_ALL=C")
endfunction()

file(GLOB cases CONFIGURE_DEPENDS LIST_DIRECTORIES true cli/cases/*)
if(NOT MLTAT_NDPI)
  list(FILTER cases EXCLUDE REGEX "-dpi(-|$)")
endif()
foreach(case ${cases})
  get_filename_component(name ${case} NAME)
  mltat_script_test(cli/${name} cli cli/run_case ${bin} ${case})
endforeach()

# The same bytes on a processor without AVX2 and FMA, as far as libc's dispatch tells (glibc.cpu.hwcaps).
foreach(case ${cases})
  get_filename_component(name ${case} NAME)
  if(name MATCHES "^(flowgen|featurize)-")
    mltat_script_test(cli/plain-cpu/${name} cli ${CMAKE_COMMAND} -E env GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA
                      cli/run_case ${bin} ${case})
  endif()
endforeach()

# Those of documents, scripts and installing are run on one build, as the checks of the source text are.
set(of_documents experiments install scale_out schemas transcripts)
find_program(BATS bats)
file(GLOB bats_files CONFIGURE_DEPENDS cli/*.bats)
foreach(file ${bats_files})
  get_filename_component(name ${file} NAME_WE)
  set(label cli)
  if(name IN_LIST of_documents)
    set(label lint)
  endif()
  if(BATS)
    mltat_script_test(cli/${name} ${label} ${BATS} ${file})
  else()
    message(STATUS "bats is not here: cli/${name} will not run")
  endif()
endforeach()

foreach(check layers man map seeds shell text)
  mltat_script_test(lint/${check} lint lint/${check})
endforeach()
mltat_script_test(lint/options lint lint/options ${bin})

add_custom_target(update-golden COMMAND cli/run_case --update ${bin} ${cases} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
                  COMMENT "Writing what comes out into tests/cli/cases; read `git diff tests/cli` before you commit")
add_custom_target(format COMMAND lint/format --fix WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
add_custom_target(format-check COMMAND lint/format WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
