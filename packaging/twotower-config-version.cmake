# Tells find_package(twotower VERSION) whether the installed header will do: its major number must be
# the same, and it must not be older.  The header itself says which version it is.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../../../include/twotower.h" PACKAGE_VERSION
     REGEX "^#define TT_VERSION ")
string(REGEX MATCH "[0-9.]+" PACKAGE_VERSION "${PACKAGE_VERSION}")
string(REGEX MATCH "^[0-9]+" twotower_major "${PACKAGE_VERSION}")
if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
endif()
if(twotower_major EQUAL PACKAGE_FIND_VERSION_MAJOR
   AND PACKAGE_VERSION VERSION_GREATER_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
