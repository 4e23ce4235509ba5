#!/bin/sh
# Builds the tests with the machine's own C compiler, under its sanitizers, in a folder that is removed again, and runs them.
set -e
cd "$(dirname "$0")"
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
"${CC:-cc}" -std=c11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -ffunction-sections -Wl,--gc-sections \
    -I../rush_worker -I../rush_worker/generated tests.c fake.c ../rush_worker/*.c -lm -o "$build/tests"
"$build/tests" ../../random.json
