# SPDX-License-Identifier: MIT
#
# Drivers as modules, in this tree and in that of a user, who says find_package(quarry).

get_filename_component(QUARRY_PREFIX ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)

# quarry_module(<name> <source>...): <name>.qko in the directory's build directory, made by `quarry cc`. Sources are .c files
# and .qko files whose exported symbols it uses. NO_INSTRUMENT: its accesses are not checked. The target is <name>-module; in a
# user's tree it is built with everything.
function(quarry_module name)
	cmake_parse_arguments(module "NO_INSTRUMENT" "" "" ${ARGN})
	set(command quarry-cli)
	if(NOT TARGET quarry-cli)
		find_program(QUARRY_COMMAND quarry HINTS ${QUARRY_PREFIX}/bin REQUIRED)
		set(command ${QUARRY_COMMAND})
		set(all ALL)
	endif()
	list(TRANSFORM module_UNPARSED_ARGUMENTS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ REGEX "^[^/]"
		OUTPUT_VARIABLE sources)
	set(flags)
	if(module_NO_INSTRUMENT)
		set(flags --no-instrument)
	endif()
	set(module ${CMAKE_CURRENT_BINARY_DIR}/${name}.qko)
	add_custom_command(OUTPUT ${module}
		COMMAND ${command} cc ${flags} -o ${module} ${sources}
		DEPENDS ${command} ${sources} COMMENT "Compiling ${name}.qko" VERBATIM)
	add_custom_target(${name}-module ${all} DEPENDS ${module})
endfunction()
