/* Writes OUT/index.html from the lessons' pages that are in OUT: build/lessons/index [OUT]. */
#include "notebook.h"

int main(int argc, char **argv)
{
    return nb_weave_index(argc > 1 ? argv[1] : "report");
}
