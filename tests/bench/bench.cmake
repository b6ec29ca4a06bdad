# What is measured, never asserted by a clock. The capture generator also feeds the count of instructions, a test;
# the micro-benchmarks want Google Benchmark (Debian: libbenchmark-dev) and are built on demand: `--target micro`.
add_executable(generate_capture bench/e2e/generate.cc)
target_include_directories(generate_capture PRIVATE ${CMAKE_SOURCE_DIR}/libcommon)
target_link_libraries(generate_capture PRIVATE mltat_wire mltat_flags)

find_package(benchmark QUIET)
if(benchmark_FOUND)
  file(GLOB micro CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/bench/micro/*.cc)
  add_executable(micro EXCLUDE_FROM_ALL ${micro})
  target_include_directories(micro PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(micro PRIVATE mltat_tool_featurize mltat_tool_fuse mltat_ml mltat_flags benchmark::benchmark_main)
endif()

add_test(NAME bench/instructions COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bench/instructions ${CMAKE_BINARY_DIR}/bin)
set_tests_properties(bench/instructions PROPERTIES SKIP_RETURN_CODE 77 LABELS gate)
