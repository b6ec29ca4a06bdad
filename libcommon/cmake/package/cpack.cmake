# Read by cpack first: all dates of the package are that of the last commit, so that two builds give the same bytes.
cmake_minimum_required(VERSION 3.25)
set(source ${CPACK_MLTAT_SOURCE_DIR})
include(${CPACK_MLTAT_PACKAGE_DIR}/epoch.cmake)
