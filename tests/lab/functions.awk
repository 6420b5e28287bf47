# In which function is each line of a C file?  Prints as many lines as the file has: the name of the
# function whose body or head the line belongs to, or - outside of all.
#
#     awk -f tests/lab/functions.awk twotower.h
#
# A head begins in the first column, and its name is the first word before a bracket that isn't
# written in capitals, as macros are, or what stands in TT__(name); the braces of the body stand in
# the first column.

function flush(name) {
    for (; held > 0; held--) print name
}

/^[A-Za-z_].*\(/ && !inside && !held {
    rest = $0
    candidate = "-"
    if (match(rest, /\([a-z_]+\)\(/)) candidate = substr(rest, RSTART + 1, RLENGTH - 3)
    while (candidate == "-" && match(rest, /[A-Za-z_][A-Za-z_0-9]*\(/)) {
        word = substr(rest, RSTART, RLENGTH - 1)
        if (word ~ /[a-z]/ && word !~ /^__/) candidate = word
        rest = substr(rest, RSTART + RLENGTH)
    }
    held = 1
    next
}
held && !inside {
    held++
    if (/^\{/) { inside = 1; flush(candidate) }
    else if (/^ /) next
    else flush("-")
    next
}
inside { print candidate; if (/^\}/) inside = 0; next }
{ print "-" }
END { flush("-") }
