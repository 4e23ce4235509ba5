# Starts one host process on the machine that ssh has reached. The login shell there hands this to `sh`.
#
# $1      the program: a name or a path
# $2      the SHA-256 of a program that was copied there, which then takes its place; or nothing
# $3 $4   where a detached process logs: a path; or nothing, and the name of the network for the usual place. Both are empty for one that
#         says everything through ssh
# others  the arguments of the program
#
# stdin   the first line is the URL of Redis; supervised, its end is the end of the manager
# stderr  `rush-host-begins`, then what the program says. Before that line nothing was started
# exit    as the program, but never 255: that is ssh's own. 127: there is no such program
#
# Comments are left out, and lines are joined by spaces, before this is sent: a login shell that is none of POSIX's may take no line
# breaks in quotes.
program=$1; copied=$2; log=$3; network=$4; shift 4;
if [ -n "$copied" ]; then program=${XDG_CACHE_HOME:-$HOME/.cache}/rush-host/bin/rush-host-$copied; fi;
if [ -z "$log" ] && [ -n "$network" ]; then log=${XDG_STATE_HOME:-$HOME/.local/state}/rush-host/$network.log; fi;
if [ -n "$log" ]; then set -- "$@" --log-file "$log"; fi;
if command -v -- "$program" >/dev/null 2>&1; then :; else
  echo "$program: not found" >&2;
  exit 127;
fi;
echo rush-host-begins >&2;
"$program" "$@";
code=$?;
if [ "$code" -eq 255 ]; then code=254; fi;
exit "$code"
