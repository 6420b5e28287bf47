/* The functions of the two stb headers, which the other files only declare. */

#define STB_DS_IMPLEMENTATION
#include <stb/stb_ds.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>
