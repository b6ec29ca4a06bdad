# `cpack` makes a Debian package of what is installed; the preset `package` has the switches that it wants.
set(MLTAT_MAINTAINER "mltat maintainers <mltat@localhost.localdomain>" CACHE STRING "Whom the package names as maintainer")
set(MLTAT_PACKAGE_DIR ${CMAKE_SOURCE_DIR}/libcommon/cmake/package)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mltat)
set(CPACK_PACKAGE_CONTACT ${MLTAT_MAINTAINER})
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS jq)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "make, gnuplot-nox, python3, tcpdump")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "classify encrypted network traffic by its shape")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Filters that turn packet captures into flow records, flow records into
feature rows, labelled rows into models, and models and rows into one
verdict a flow. Nothing is decrypted: lengths, gaps and directions of the
packets tell. DPI by nDPI may have a say too.

The programs are called mltat-flowgen, mltat-featurize, mltat-cotrain,
mltat-train, mltat-predict and mltat-fuse; with /usr/lib/mltat/bin in front
of PATH they are called by their plain names.")

# Read by cpack before anything else, and when all files are in their places but not yet packed.
set(CPACK_MLTAT_PACKAGE_DIR ${MLTAT_PACKAGE_DIR})
set(CPACK_MLTAT_STRIP ${CMAKE_STRIP})
set(CPACK_MLTAT_SOURCE_DIR ${CMAKE_SOURCE_DIR})
set(CPACK_MLTAT_DOCDIR ${CMAKE_INSTALL_DOCDIR})
set(CPACK_PROJECT_CONFIG_FILE ${MLTAT_PACKAGE_DIR}/cpack.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${MLTAT_PACKAGE_DIR}/finish.cmake)
include(CPack)
