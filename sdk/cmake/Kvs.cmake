# add_kvs_library() and add_kvs_plugin(): the whole build is made of these two. The same file is installed with the SDK,
# so a vendor's plugin is built exactly as ours are.
include_guard(GLOBAL)
set(KVS_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

include(${KVS_CMAKE_DIR}/KvsLayers.cmake OPTIONAL)
include(${KVS_CMAKE_DIR}/KvsTests.cmake OPTIONAL)

# With KVS_UNITY, files of a target are compiled eight at a time, which halves the time of a whole build: most of it is headers. So a name
# outside of classes is unique in its library. APART exempts its sources or its tests, say suites of cases that have the same names.
function(_kvs_unity target)
  if(KVS_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # gcc takes every file but the one it was called with for a header, in which an unnamed namespace would be a mistake.
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# add_kvs_library(NAME model LAYER toolkit [SOURCES ...] [DEPS ...] [PRIVATE_DEPS ...] [TESTS ...] [TEST_DEPS ...] [APART sources|tests])
#
# A static library kvs::NAME whose public headers live in ./include. DEPS is for what headers show, PRIVATE_DEPS for the
# rest. Without SOURCES it is header-only.
function(add_kvs_library)
  cmake_parse_arguments(PARSE_ARGV 0 L "" "NAME;LAYER" "SOURCES;DEPS;PRIVATE_DEPS;TESTS;TEST_DEPS;APART")
  if(L_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "add_kvs_library(${L_NAME}): unknown arguments ${L_UNPARSED_ARGUMENTS}")
  endif()
  set(t kvs_${L_NAME})
  _kvs_check_deps(${t} ${L_LAYER} ${L_DEPS} ${L_PRIVATE_DEPS})
  if(L_SOURCES)
    add_library(${t} STATIC ${L_SOURCES})
    if(NOT sources IN_LIST L_APART)
      _kvs_unity(${t})
    endif()
    set(scope PUBLIC)
  else()
    add_library(${t} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(kvs::${L_NAME} ALIAS ${t})
  set_target_properties(${t} PROPERTIES KVS_LAYER ${L_LAYER})
  target_include_directories(${t} ${scope} ${CMAKE_CURRENT_SOURCE_DIR}/include)
  target_link_libraries(${t} ${scope} ${L_DEPS})
  if(L_PRIVATE_DEPS)
    target_link_libraries(${t} PRIVATE ${L_PRIVATE_DEPS})
  endif()
  _kvs_add_tests(${L_NAME} "${L_TESTS}" kvs::${L_NAME} ${L_TEST_DEPS})
  if(tests IN_LIST L_APART AND TARGET ${L_NAME}_tests)
    set_target_properties(${L_NAME}_tests PROPERTIES UNITY_BUILD OFF)
  endif()
  _kvs_add_benches(${L_NAME} kvs::${L_NAME} ${L_TEST_DEPS})
  _kvs_add_fuzzers(kvs::${L_NAME} ${L_TEST_DEPS})
endfunction()

# add_kvs_plugin(ID storage.filesystem SOURCES backend.cc [DEPS kvs::...] [SYSTEM_DEPS ...] [TESTS ...] [TEST_DEPS ...]
#                [APART sources|tests])
#
# A module ID.so exporting kvs_module_v1 alone. plugin.cc, config.h, config.cc and README.md are implied: every plugin
# folder has them. PROTOS are compiled with protoc and gRPC. All but plugin.cc goes into a static core that tests link directly, so no unit test needs dlopen.
function(add_kvs_plugin)
  cmake_parse_arguments(PARSE_ARGV 0 P "" "ID" "SOURCES;PROTOS;DEPS;SYSTEM_DEPS;TESTS;TEST_DEPS;APART")
  if(P_UNPARSED_ARGUMENTS OR NOT P_ID MATCHES "^[a-z][a-z0-9_.]*$")
    message(FATAL_ERROR "add_kvs_plugin: bad id '${P_ID}' or unknown arguments ${P_UNPARSED_ARGUMENTS}")
  endif()
  foreach(f plugin.cc config.h config.cc README.md)
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${f})
      message(FATAL_ERROR "plugin ${P_ID}: ${f} is missing; every plugin folder has it")
    endif()
  endforeach()
  string(REPLACE "." "_" name ${P_ID})
  set(so kvs_plugin_${name})
  if(COMMAND _kvs_check_deps)
    _kvs_check_deps(${so} plugin ${P_DEPS})
  endif()

  add_library(${so}_core STATIC config.cc ${P_SOURCES})
  if(NOT sources IN_LIST P_APART)
    _kvs_unity(${so}_core)
  endif()
  target_include_directories(${so}_core PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${so}_core PUBLIC kvs::sdk ${P_DEPS} ${P_SYSTEM_DEPS})
  target_compile_definitions(${so}_core PUBLIC KVS_PLUGIN_ID="${P_ID}")
  set_target_properties(${so}_core PROPERTIES KVS_LAYER plugin)

  # Generated code keeps to its own warnings, and stays out of every header but those that need it.
  foreach(proto IN LISTS P_PROTOS)
    get_filename_component(base ${proto} NAME_WE)
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/${base}.pb.cc ${CMAKE_CURRENT_BINARY_DIR}/${base}.grpc.pb.cc)
    add_custom_command(OUTPUT ${generated} ${CMAKE_CURRENT_BINARY_DIR}/${base}.pb.h ${CMAKE_CURRENT_BINARY_DIR}/${base}.grpc.pb.h
      COMMAND protobuf::protoc --proto_path=${CMAKE_CURRENT_SOURCE_DIR} --cpp_out=${CMAKE_CURRENT_BINARY_DIR}
              --grpc_out=${CMAKE_CURRENT_BINARY_DIR} --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${proto}
      WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} DEPENDS ${proto} VERBATIM)
    set_source_files_properties(${generated} PROPERTIES COMPILE_OPTIONS -w SKIP_UNITY_BUILD_INCLUSION ON)
    target_sources(${so}_core PRIVATE ${generated})
    target_include_directories(${so}_core SYSTEM PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
  endforeach()

  add_library(${so} MODULE plugin.cc)
  target_compile_options(${so} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_libraries(${so} PRIVATE ${so}_core)
  target_link_options(${so} PRIVATE -Wl,--version-script=${KVS_CMAKE_DIR}/kvs_plugin.map -Wl,--exclude-libs,ALL
    -Wl,-z,now,-z,relro,-z,nodelete)
  if(NOT KVS_SANITIZE)
    target_link_options(${so} PRIVATE -Wl,-z,defs)
  endif()
  set_target_properties(${so} PROPERTIES PREFIX "" OUTPUT_NAME ${P_ID} KVS_LAYER plugin
    LINK_DEPENDS ${KVS_CMAKE_DIR}/kvs_plugin.map
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/kvasir/plugins)
  install(TARGETS ${so} LIBRARY DESTINATION lib/kvasir/plugins)

  if(COMMAND _kvs_add_tests)
    _kvs_add_tests(plugin_${name} "${P_TESTS}" ${so}_core ${P_TEST_DEPS})
    if(tests IN_LIST P_APART AND TARGET plugin_${name}_tests)
      set_target_properties(plugin_${name}_tests PROPERTIES UNITY_BUILD OFF)
    endif()
    _kvs_add_benches(plugin_${name} ${so}_core ${P_TEST_DEPS})
    _kvs_add_fuzzers(${so}_core ${P_TEST_DEPS})
    if(BUILD_TESTING)
      add_test(NAME symbols.${P_ID} COMMAND ${CMAKE_COMMAND}
        -DSO=$<TARGET_FILE:${so}> -DNM=${CMAKE_NM} -P ${KVS_CMAKE_DIR}/CheckPluginSymbols.cmake)
      set_tests_properties(symbols.${P_ID} PROPERTIES LABELS lint)
    endif()
  endif()
endfunction()
