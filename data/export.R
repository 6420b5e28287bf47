# Writes movielens/ratings.csv and movielens/movies.csv beside this script, in
# the format of MovieLens' own files, from the data set `movielens` of the R
# package dslabs (on Debian: apt-get install r-cran-dslabs). To make them again:
#
#     Rscript data/export.R && (cd data/movielens && sha256sum -c SHA256SUMS)

script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
out <- file.path(dirname(script), "movielens")

d <- dslabs::movielens # one row per rating, with its film's title, year, genres

# A later dslabs may carry another edition. Better to stop than to export that
# one under this one's name.
stopifnot(nrow(d) == 100004, length(unique(d$userId)) == 671)

# Opened in binary mode and written as bytes, so that the files have LF line
# ends and are UTF-8 whatever the system and its locale.
write_lines <- function(lines, name) {
  con <- file(file.path(out, name), "wb")
  on.exit(close(con))
  writeLines(enc2utf8(lines), con, useBytes = TRUE)
}

# RFC 4180, with quotes only where a field needs them. write.csv() would quote
# either every text or none.
csv_field <- function(x) {
  needs <- grepl("[\",\r\n]", x)
  x[needs] <- paste0("\"", gsub("\"", "\"\"", x[needs], fixed = TRUE), "\"")
  x
}

# MovieLens orders its ratings by user, then by film, and dslabs kept that.
stopifnot(!is.unsorted(order(d$userId, d$movieId)))

# The ids and times are printed with %d because R's default would turn a round
# number such as 100000 into 1e+05.
dir.create(out, showWarnings = FALSE)
write_lines(c("userId,movieId,rating,timestamp",
              sprintf("%d,%d,%.1f,%d",
                      d$userId, d$movieId, d$rating, d$timestamp)),
            "ratings.csv")

films <- unique(d[c("movieId", "title", "year", "genres")])
films <- films[order(films$movieId), ]
stopifnot(!anyDuplicated(films$movieId)) # each film has one title everywhere

# dslabs took "Toy Story (1995)" apart with the regular expression
# "(.*)\\s\\((\\d+)\\)", so joining with one space gives back the original. A
# title that does not match, having no year or a range of years, became NA.
title <- ifelse(is.na(films$title), paste("Movie", films$movieId), films$title)
year <- ifelse(is.na(films$year), "", sprintf(" (%d)", films$year))

write_lines(c("movieId,title,genres",
              sprintf("%d,%s,%s", films$movieId,
                      csv_field(paste0(title, year)),
                      csv_field(as.character(films$genres)))),
            "movies.csv")
