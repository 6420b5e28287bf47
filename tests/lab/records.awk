# What a record doesn't explain, and what of it is no longer there:
#
#     awk -f tests/lab/records.awk coverage.txt header found
#
# A line of the record that begins with - names a function of the header and, behind a colon, words
# of some of its lines; without words it means all of them.  The header's lines come with their
# function and a tab in front, the lines found with their number besides.

BEGIN { FS = "\t" }

function explains(i, function_name, text) {
    return name[i] == function_name && index(text, words[i])
}

FILENAME == ARGV[1] && /^- / {
    n++
    colon = index($0, ": ")
    name[n] = colon ? substr($0, 3, colon - 3) : substr($0, 3)
    words[n] = colon ? substr($0, colon + 2) : ""
}
FILENAME == ARGV[2] {
    for (i = 1; i <= n; i++) if (explains(i, $1, $0)) there[i] = 1
}
FILENAME == ARGV[3] {
    explained = 0
    for (i = 1; i <= n; i++) if (explains(i, $2, $0)) explained = needed[i] = 1
    if (!explained) print "not explained: " $0
}
END {
    for (i = 1; i <= n; i++)
        if (!there[i]) print "no longer there: " name[i] (words[i] ? ": " words[i] : "")
        else if (!needed[i]) print "explains nothing here: " name[i] ": " words[i] > "/dev/stderr"
}
