/* margin.h: where notes stand in the margin. */

#ifndef MARGIN_H
#define MARGIN_H

/* A section of prose, whose notes stand beside the paragraph before them: they reach down to the
   next note or to the end of the section, so that a long one tears no hole into the text. */
const char *section_html(const char *inside);

#endif
