# Who may link whom. A target of layer L may depend on the layers and single targets in KVS_MAY_USE_<L>; anything else
# stops the configuration. tests/lint/layers.py checks the same rules on #include lines.
define_property(TARGET PROPERTY KVS_LAYER BRIEF_DOCS "abi, toolkit, sdk, testkit, kernel, plugin, tool or test")
set(KVS_MAY_USE_abi)
set(KVS_MAY_USE_toolkit toolkit)
set(KVS_MAY_USE_sdk abi sdk kvs_base kvs_model)
set(KVS_MAY_USE_testkit abi toolkit sdk testkit)
set(KVS_MAY_USE_kernel abi sdk kernel kvs_base)
set(KVS_MAY_USE_plugin abi toolkit sdk)
set(KVS_MAY_USE_tool abi toolkit sdk kernel)
set(KVS_MAY_USE_test abi toolkit sdk testkit kernel test)

# Stops unless `target`, which is of `layer`, may depend on every target in ARGN.
function(_kvs_check_deps target layer)
  foreach(dep IN LISTS ARGN)
    if(NOT TARGET ${dep})
      message(FATAL_ERROR "${target}: '${dep}' is no target: a typo, or declared in a higher layer")
    endif()
    get_target_property(real ${dep} ALIASED_TARGET)
    if(NOT real)
      set(real ${dep})
    endif()
    get_target_property(dep_layer ${real} KVS_LAYER)
    if(dep_layer AND NOT dep_layer IN_LIST KVS_MAY_USE_${layer} AND NOT real IN_LIST KVS_MAY_USE_${layer})
      message(FATAL_ERROR "${target} (layer ${layer}) may not use ${dep} (layer ${dep_layer}); "
                          "see sdk/cmake/KvsLayers.cmake")
    endif()
  endforeach()
endfunction()
