# SPDX-License-Identifier: Apache-2.0
# Debian's SystemC has a pkg-config file and no CMake package. The library was built as C++17 and
# exports only that version's link-time check; SC_CPLUSPLUS keeps the check and lets C++20 link.
find_package(PkgConfig REQUIRED)
pkg_check_modules(SystemC REQUIRED IMPORTED_TARGET systemc)
if(NOT TARGET SystemC::SystemC)
  add_library(SystemC::SystemC INTERFACE IMPORTED)
  target_link_libraries(SystemC::SystemC INTERFACE PkgConfig::SystemC)
  target_compile_definitions(SystemC::SystemC INTERFACE SC_CPLUSPLUS=201703L)
endif()
