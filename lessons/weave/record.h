/* record.h: what a lesson showed when it ran (lessons/notebook.h says how it is written down). */

#ifndef RECORD_H
#define RECORD_H

#include "page.h"

/* Fills the page of p->lesson with OUT/records/NAME.txt: values, numbers of tables and figures, and
   the HTML of what was shown, on the lines where its code is now. */
void read_record(page *p);

/* Only the values; none if the lesson hasn't run. */
void read_values(page *p);

#endif
