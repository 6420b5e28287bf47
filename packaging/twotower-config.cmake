# What find_package(twotower) reads in PREFIX/share/cmake/twotower: where the header is, and that
# sqrtf is in the mathematics library where there is one.
if(NOT TARGET twotower::twotower)
    get_filename_component(twotower_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
    add_library(twotower::twotower INTERFACE IMPORTED)
    target_include_directories(twotower::twotower INTERFACE "${twotower_prefix}/include")
    if(UNIX)
        target_link_libraries(twotower::twotower INTERFACE m)
    endif()
endif()
