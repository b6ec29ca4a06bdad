# Property tests and oracles: scripts that run the tools on generated and on shared captures. Those that need shared
# captures are skipped unless MLTAT_SHARED is set. The long versions of all of them: tests/full/run.
function(mltat_property_test name)
  mltat_script_test(${name} property ${ARGN})
  set_tests_properties(${name} PROPERTIES PROCESSORS 2)  # each script runs two tools at a time
endfunction()

mltat_property_test(reference/self_test reference/flow_reference.py --self-test)
mltat_property_test(property/differential property/differential.py ${bin} --seeds 0-17)
mltat_property_test(property/many_flows property/many_flows.py ${bin})
mltat_property_test(property/records property/records.py ${bin})
mltat_property_test(property/same_bytes property/same_bytes.py ${bin} --some 20)
mltat_property_test(property/features_reference property/features_reference.py ${bin})
if(MLTAT_NDPI)
  mltat_property_test(property/dpi_verdicts property/dpi_verdicts.py ${bin} --some 12)
  mltat_property_test(oracle/ndpi_verdicts full/oracle_ndpi_verdicts.py ${bin})
endif()
add_executable(packet_driver property/packet_driver.cc)
target_link_libraries(packet_driver PRIVATE mltat_capture mltat_flags ${TINS_LIBRARY})
mltat_property_test(oracle/linktypes full/linktypes.py ${bin})
mltat_property_test(oracle/second_opinion full/second_opinion.py ${bin})
foreach(oracle framing ndpi zeek)
  mltat_property_test(oracle/${oracle} full/oracle_${oracle}.py ${bin})
endforeach()
