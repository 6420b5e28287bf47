# Lists the mutants of a C file, one a line, in the order of the file:
#
#     LC_ALL=C awk -f tests/lab/mutants.awk twotower.h
#
#     line  TAB  column  TAB  length  TAB  replacement  TAB  operator
#
# A mutant replaces `length` bytes at a column of a line.  Nothing is replaced in comments, texts,
# preprocessor lines, and before the line that contains "PART II".

# The line with comments, texts and characters blanked out, so that columns stay as they are.
function code_of(line,    out, c, two) {
    out = ""
    for (; line != ""; line = substr(line, 2)) {
        c = substr(line, 1, 1)
        two = substr(line, 1, 2)
        if (in_comment) {
            if (two == "*/") { in_comment = 0; out = out " "; line = substr(line, 2) }
            c = " "
        } else if (quote != "") {
            if (c == "\\") { out = out " "; line = substr(line, 2) }
            else if (c == quote) quote = ""
            c = " "
        } else if (two == "/*") {
            in_comment = 1
            c = " "
        } else if (c == "\"" || c == "'") {
            quote = c
            c = " "
        }
        out = out c
    }
    return out
}

function mutant(column, length_, replacement, operator) {
    printf "%d\t%d\t%d\t%s\t%s\n", NR, column, length_, replacement, operator
}

# Every place where a text stands.
function replace_all(code, text, replacement, operator,    from, at) {
    for (from = 1; (at = index(substr(code, from), text)) > 0; from += at)
        mutant(from + at - 1, length(text), replacement, operator)
}

# Every whole number that is no part of a name, a float or a hexadecimal number.
function numbers(code,    from, at, number, before, after) {
    for (from = 1; match(substr(code, from), /[0-9]+/); from = at + length(number)) {
        at = from + RSTART - 1
        number = substr(code, at, RLENGTH)
        before = substr(code, at - 1, 1)
        after = substr(code, at + RLENGTH, 1)
        if (before ~ /[A-Za-z0-9_.]/ || after ~ /[xX.eE]/ || length(number) > 9) continue
        mutant(at, length(number), number + 1, "constant")
        if (number > 0) mutant(at, length(number), number - 1, "constant")
    }
}

# What stands in the brackets after a word, if they end on this line, can be always and never so.
function conditions(code, word,    start, i, depth, c) {
    start = index(code, word " (")
    if (!start || substr(code, start - 1, 1) ~ /[A-Za-z0-9_]/) return
    start += length(word) + 2
    depth = 1
    for (i = start; i <= length(code) && depth; i++) {
        c = substr(code, i, 1)
        depth += c == "(" ? 1 : c == ")" ? -1 : 0
    }
    if (depth) return
    mutant(start, i - 1 - start, "true || (" substr($0, start, i - 1 - start) ")", "condition")
    mutant(start, i - 1 - start, "false && (" substr($0, start, i - 1 - start) ")", "condition")
}

BEGIN {
    count = split("< <= <= < > >= >= > == != != == + - - + * / / * % / && || || && & | | & ^ & " \
                  "<< >> >> << += -= -= += *= = |= = ^= =", operators, " ")
}

/PART II/ { in_book = 1 }
{ code = code_of($0) }
!in_book || /^ *#/ { next }
{
    for (i = 1; i < count; i += 2)
        replace_all(code, " " operators[i] " ", " " operators[i + 1] " ", "operator")
    replace_all(code, "++", "--", "operator")
    replace_all(code, "--", "++", "operator")
    replace_all(code, "return true;", "return false;", "value")
    replace_all(code, "return false;", "return true;", "value")
    numbers(code)
    conditions(code, "if")
    conditions(code, "while")
}
# A statement of its own on a line, a call or an assignment, is left out.
code ~ /^ +[A-Za-z_][^;]*;[ ]*$/ && previous ~ /[;{}:] *$/ &&
    code ~ /^ *[A-Za-z_][A-Za-z0-9_>.\[\]-]*(\(| = | [-+*|^]= )/ &&
    code !~ /^ *(return|for|do|if|while)/ {
    match(code, /[^ ]/)
    mutant(RSTART, length($0) - RSTART + 1, ";", "statement")
}
code ~ /[^ ]/ { previous = code }
