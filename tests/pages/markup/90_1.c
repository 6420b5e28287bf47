// Exercise 1 of lesson 90: what is 1 + 2?
#include <stdio.h>

int main(void)
{
    printf("one and two\nExpected: 3 > 2\n");
    return 0;
}
