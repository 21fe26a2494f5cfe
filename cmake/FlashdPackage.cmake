# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` gives: the shared library libflashd with its headers, the CMake package
# flashd (target flashd::flashd), the command, the Python module, and the plug-ins that were built.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# flashd_public_headers(<header>...): copies in <build>/include/flashd. Inside the tree headers name
# each other from its root; a copy names its neighbours as <flashd/...>.
function(flashd_public_headers)
  set(folder "${PROJECT_BINARY_DIR}/include/flashd")
  foreach(header IN LISTS ARGN)
    set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                 "${PROJECT_SOURCE_DIR}/${header}")
    file(READ "${PROJECT_SOURCE_DIR}/${header}" text)
    foreach(other IN LISTS ARGN)
      get_filename_component(name "${other}" NAME)
      string(REPLACE "#include \"${other}\"" "#include \"flashd/${name}\"" text "${text}")
    endforeach()
    if(text MATCHES "#include \"((host|model|sim|rtl|spec)/[^\"]*)\"")
      message(FATAL_ERROR "${header} includes ${CMAKE_MATCH_1}, which is not installed: add it to "
                          "flashd_public_headers() in cmake/FlashdPackage.cmake.")
    endif()
    get_filename_component(name "${header}" NAME)
    file(CONFIGURE OUTPUT "${folder}/${name}" CONTENT "${text}" @ONLY)
    install(FILES "${folder}/${name}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/flashd")
  endforeach()
endfunction()

flashd_public_headers(host/api/flashd.h host/api/flashd.hpp model/golden/job.hpp)

# The library of the tree is static; this one has the same objects and shows only its interface.
set(symbols "${PROJECT_SOURCE_DIR}/cmake/package/flashd.map")
add_library(flashd_shared SHARED $<TARGET_OBJECTS:flashd_host>)
add_library(flashd::flashd ALIAS flashd_shared)
target_link_libraries(flashd_shared
  PUBLIC Microsoft.GSL::GSL
  PRIVATE $<TARGET_PROPERTY:flashd_host,LINK_LIBRARIES>)
target_include_directories(flashd_shared INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
  "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
target_compile_features(flashd_shared INTERFACE cxx_std_17)
target_link_options(flashd_shared PRIVATE "-Wl,--version-script=${symbols}")
set_target_properties(flashd_shared PROPERTIES
  LINKER_LANGUAGE CXX OUTPUT_NAME flashd EXPORT_NAME flashd LINK_DEPENDS "${symbols}"
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/flashd")
install(TARGETS flashd_shared EXPORT flashd)
install(EXPORT flashd FILE flashdTargets.cmake NAMESPACE flashd:: DESTINATION "${package}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/package/flashdConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/cmake/flashdConfig.cmake" INSTALL_DESTINATION "${package}"
  NO_SET_AND_CHECK_MACRO)
# Below 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/flashdConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cmake/flashdConfig.cmake"
              "${PROJECT_BINARY_DIR}/cmake/flashdConfigVersion.cmake" DESTINATION "${package}")

install(TARGETS flashd)
install(DIRECTORY "${PROJECT_BINARY_DIR}/lib/" DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        FILES_MATCHING PATTERN "libflashd_*.so")
# Python looks for the library from there: python/flashd/_library.py.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/python/flashd"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/flashd/python" FILES_MATCHING PATTERN "*.py")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/flashd")
