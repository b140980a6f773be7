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

# vitcod_compile_by_folder(TARGET SOURCE...): where CMAKE_UNITY_BUILD is on, the sources of a folder
# are compiled together, at most 8 at a time: more than half of the time of a build goes into headers
# that they share. Sources with definitions of their own are compiled alone.
function(vitcod_compile_by_folder target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS ARGN)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
    string(MAKE_C_IDENTIFIER "${folder}" group)
    math(EXPR number_${group} "0${number_${group}} + 1")
    math(EXPR part "(${number_${group}} - 1) / 8")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${group}_${part}")
  endforeach()
endfunction()

# vitcod_layer(NAME LIB...): the static library of one layer, from all sources below the calling folder
# but those of optional parts (`onednn`).
function(vitcod_layer name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/(main\\.cpp|onednn/.*)$")
  if(sources)
    add_library(${name} STATIC ${sources})
    vitcod_compile_by_folder(${name} ${sources})
    target_link_libraries(${name} PRIVATE vitcod_options)
    target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PUBLIC ${ARGN})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} INTERFACE ${ARGN})
  endif()
endfunction()
