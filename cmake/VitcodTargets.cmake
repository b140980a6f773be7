# SPDX-License-Identifier: Apache-2.0
# The settings that every target of the project shares, and one helper a layer.

add_library(vitcod_options INTERFACE)
target_include_directories(vitcod_options INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}")
# No contraction: a fused multiply-add would make floating-point results differ between hosts.
target_compile_options(vitcod_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsuggest-override -ffp-contract=off
  # GCC 12 sees overlapping copies in std::string concatenation that are not there (its bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${VITCOD_WERROR}>:-Werror>)

# vitcod_layer(NAME LIB...): the static library of one layer, from all sources below the calling folder
# but those of optional parts (`onednn`).
function(vitcod_layer name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/(main\\.cpp|onednn/.*)$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PRIVATE vitcod_options)
    target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PUBLIC ${ARGN})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} INTERFACE ${ARGN})
  endif()
endfunction()
