# SPDX-License-Identifier: MIT
#
# The words that CMakeLists.txt is written in.

# quarry_glob(<variable> <pattern>...): absolute paths, sorted, re-read at every build.
function(quarry_glob variable)
	list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/)
	file(GLOB found CONFIGURE_DEPENDS ${ARGN})
	set(${variable} ${found} PARENT_SCOPE)
endfunction()

# quarry_archive(<target> <source>...): a static library; an empty room is an empty archive.
function(quarry_archive target)
	if(NOT ARGN)
		file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/empty.c CONTENT "")
		set(ARGN ${PROJECT_BINARY_DIR}/empty.c)
	endif()
	add_library(${target} STATIC ${ARGN})
	target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
endfunction()

# quarry_core(<target> <port> <directory>): libquarry.a in <directory>, mm/ with that port's hot.h compiled in
# and nothing of libc in sight, and libquarry-<port>.a, which may use libc. Each needs the other.
function(quarry_core target port directory)
	quarry_glob(core_sources mm/*.c mm/*/*.c)
	quarry_archive(${target} ${core_sources})
	set_target_properties(${target} PROPERTIES OUTPUT_NAME quarry ARCHIVE_OUTPUT_DIRECTORY ${directory})
	execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
		OUTPUT_VARIABLE compiler_headers OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
	target_compile_options(${target} PRIVATE -ffreestanding -nostdinc -isystem ${compiler_headers}
		-Wconversion)
	# gcc's own <limits.h> asks for libc's behind it, unless it believes that it was included from there.
	target_compile_definitions(${target} PRIVATE _LIBC_LIMITS_H_)
	target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/ports/${port})

	quarry_glob(port_sources ports/${port}/*.c ports/host/*.c)
	quarry_archive(quarry-${port} ${port_sources})
	find_package(Threads REQUIRED)
	target_link_libraries(quarry-${port} PUBLIC ${target} Threads::Threads)
	target_link_libraries(${target} PUBLIC quarry-${port})
endfunction()

# quarry_compat(<target>): libquarry-compat.a, what modules are linked against at run time. host*.c see the C library,
# this_machine.c the core, all others only what a driver sees.
function(quarry_compat target)
	quarry_glob(compat_sources compat/*.c)
	quarry_glob(host compat/host*.c)
	set(thread ${PROJECT_SOURCE_DIR}/compat/this_machine.c)
	list(REMOVE_ITEM compat_sources ${host} ${thread})
	find_package(PkgConfig REQUIRED)
	pkg_check_modules(QY_DW REQUIRED IMPORTED_TARGET libdw)
	add_library(${target}-runtime OBJECT ${compat_sources})
	quarry_kernel_side(${target}-runtime)
	# before each access of a driver: a frame of its own would be half of the cost
	set_source_files_properties(compat/kasan_access.c PROPERTIES COMPILE_OPTIONS -fomit-frame-pointer)
	quarry_archive(${target} ${host} ${thread} $<TARGET_OBJECTS:${target}-runtime>)
	target_compile_options(${target} PRIVATE -fno-omit-frame-pointer)
	target_link_libraries(${target} PUBLIC quarry-simcore PRIVATE PkgConfig::QY_DW)
endfunction()

# quarry_kernel_side(<target>): its sources are compiled as drivers are.
function(quarry_kernel_side target)
	target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/compat/include
		${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
	target_compile_definitions(${target} PRIVATE QY_WORLD __KERNEL__)
	# -Wno-tsan: gcc's thread sanitizer knows no fences, and one host thread plays everything here
	target_compile_options(${target} PRIVATE -Wno-sign-compare -Wno-unused-parameter -fno-strict-aliasing
		-fno-omit-frame-pointer $<$<C_COMPILER_ID:GNU>:-Wno-tsan>)
endfunction()

# quarry_lends_symbols(<executable>): modules that it loads find all of the core and of compat/ in it.
function(quarry_lends_symbols target)
	target_link_options(${target} PRIVATE LINKER:--whole-archive $<TARGET_FILE:quarry-compat>
		$<TARGET_FILE:quarry-simcore> LINKER:--no-whole-archive)
	set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/quarry-module.cmake)

# How a driver is compiled so that its accesses are checked, by calls or inline; lab/driver_cc.c has the same, compat/kasan.h
# the place. Code that calls has no red zones on its stack.
set(QY_KASAN_FLAGS_calls_gcc -include asm/kasan.h -fsanitize=kernel-address --param=asan-stack=0 --param=asan-globals=1
	--param=asan-instrumentation-with-call-threshold=0)
set(QY_KASAN_FLAGS_calls_clang -include asm/kasan.h -fno-integrated-as -gdwarf-4 -fsanitize=kernel-address
	-mllvm -asan-stack=0 -mllvm -asan-instrumentation-with-call-threshold=0)
set(QY_KASAN_FLAGS_gcc -include asm/kasan.h -fsanitize=kernel-address --param=asan-stack=1 --param=asan-globals=1
	--param=asan-instrumentation-with-call-threshold=1000000 -fasan-shadow-offset=0x280000000000)
set(QY_KASAN_FLAGS_clang -include asm/kasan.h -fno-integrated-as -gdwarf-4 -fsanitize=kernel-address
	-mllvm -asan-stack=1 -mllvm -asan-instrumentation-with-call-threshold=1000000
	-mllvm -asan-mapping-offset=0x280000000000)

# quarry_instrumented(<variable> <name> <source> gcc|clang|calls_gcc|calls_clang|plain...): objects of a source that is compiled
# as a driver is, its accesses checked, by each of these compilers that is here, or plain; <name>_gcc ... is defined as NAME
# for each.
find_program(QY_DRIVER_gcc gcc)
find_program(QY_DRIVER_clang NAMES clang-14 clang)
set(QY_DRIVER_plain ${QY_DRIVER_gcc})
set(QY_DRIVER_calls_gcc ${QY_DRIVER_gcc})
set(QY_DRIVER_calls_clang ${QY_DRIVER_clang})
function(quarry_instrumented variable name source)
	set(objects)
	foreach(compiler ${ARGN})
		if(NOT QY_DRIVER_${compiler})
			continue()
		endif()
		set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}_${compiler}.o)
		add_custom_command(OUTPUT ${object}
			COMMAND ${QY_DRIVER_${compiler}} -std=gnu11 -O2 -g -fPIC -Wall -fno-strict-aliasing
				-fno-omit-frame-pointer -fno-optimize-sibling-calls -Wno-pointer-sign
				-I${PROJECT_SOURCE_DIR}/compat/include -I${PROJECT_SOURCE_DIR}/include
				-I${PROJECT_SOURCE_DIR} -DQY_WORLD -D__KERNEL__ -DNAME=${name}_${compiler}
				${QY_KASAN_FLAGS_${compiler}} -MD -MF ${object}.d -c ${source} -o ${object}
			DEPENDS ${source} DEPFILE ${object}.d COMMENT "Instrumenting ${object}" VERBATIM)
		list(APPEND objects ${object})
	endforeach()
	set(${variable} ${objects} PARENT_SCOPE)
endfunction()

# quarry_find_lab_libraries(): device trees, traces, archives, YAML and JSON, as the target quarry-lab-libraries.
function(quarry_find_lab_libraries)
	find_package(PkgConfig REQUIRED)
	pkg_check_modules(QY_LAB REQUIRED IMPORTED_TARGET libtracecmd libtraceevent libcyaml jansson libzstd libarchive
		libdw)
	find_library(QY_FDT fdt REQUIRED) # Debian 12 ships no libfdt.pc
	add_library(quarry-lab-libraries INTERFACE)
	target_link_libraries(quarry-lab-libraries INTERFACE PkgConfig::QY_LAB ${QY_FDT})
endfunction()

# quarry_page(<source>): page.html in the build directory, bundled from web/; <source> takes it in as QY_PAGE.
function(quarry_page source)
	set(page ${PROJECT_BINARY_DIR}/page.html)
	set(packages ${PROJECT_SOURCE_DIR}/web/package-lock.json)
	quarry_glob(web_sources web/bundle.mjs web/src/*)
	add_custom_command(OUTPUT ${page}
		COMMAND ${PROJECT_SOURCE_DIR}/tools/npm-packages ${PROJECT_SOURCE_DIR}/web
		COMMAND node ${PROJECT_SOURCE_DIR}/web/bundle.mjs ${page}
		DEPENDS ${web_sources} ${packages} ${PROJECT_SOURCE_DIR}/tools/npm-packages
		COMMENT "Bundling page.html" VERBATIM)
	set_source_files_properties(${source} PROPERTIES
		OBJECT_DEPENDS ${page} COMPILE_DEFINITIONS "QY_PAGE=\"${page}\"")
endfunction()

# quarry_tests(<target> SOURCES ... LIBRARIES ...): an executable of TEST()s that `make test` runs.
function(quarry_tests target)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
	add_executable(${target} ${PROJECT_SOURCE_DIR}/tests/runner/main.c ${arg_SOURCES})
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE
		QY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" QY_BINARY_DIR="${PROJECT_BINARY_DIR}")
	target_link_libraries(${target} PRIVATE quarry-runner ${arg_LIBRARIES})
	set_property(GLOBAL APPEND PROPERTY QY_TEST_LIST "tests $<TARGET_FILE:${target}>")
endfunction()

# quarry_example(<name> <source>): a program that `make test` runs and that must end with 0.
function(quarry_example name source)
	add_executable(example-${name} ${source})
	set_target_properties(example-${name} PROPERTIES OUTPUT_NAME ${name}
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
	target_link_libraries(example-${name} PRIVATE quarry)
	set_property(GLOBAL APPEND PROPERTY QY_TEST_LIST "example $<TARGET_FILE:example-${name}>")
endfunction()

# quarry_fuzz(<name> SOURCES ... LIBRARIES ...): fuzz_<name>, a libFuzzer target under QY_FUZZ; in other builds a program
# that `make test` runs over tests/fuzz/corpus/<name>.
function(quarry_fuzz name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
	if(NOT TARGET fuzzers)
		add_custom_target(fuzzers)
	endif()
	add_dependencies(fuzzers fuzz_${name})
	add_executable(fuzz_${name} ${arg_SOURCES})
	target_compile_definitions(fuzz_${name} PRIVATE _GNU_SOURCE)
	target_link_libraries(fuzz_${name} PRIVATE ${arg_LIBRARIES})
	if(QY_FUZZ)
		target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
	else()
		target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
		set_property(GLOBAL APPEND PROPERTY QY_TEST_LIST
			"replay $<TARGET_FILE:fuzz_${name}> tests/fuzz/corpus/${name}")
	endif()
endfunction()

# quarry_write_test_list(): tests.list, one "kind path" a line, for tools/run-tests.
function(quarry_write_test_list)
	get_property(entries GLOBAL PROPERTY QY_TEST_LIST)
	list(JOIN entries "\n" text)
	file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/tests.list CONTENT "${text}\n")
endfunction()
