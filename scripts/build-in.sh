# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # variables of lib.sh, and for the scripts
#
# What test-kvm and test-xen share: steps that are timed, counted and summed up, and looks
# at trees. Source it after lib.sh.

passed=0
failed=0

# step NAME COMMAND...: run it in a shell of its own, its output in a log, shown on failure.
# After a failure, steps are not run; always NAME COMMAND... is.
step() {
	if [ "$failed" = 0 ]; then
		always "$@"
	else
		say "$1: not run"
	fi
}

always() {
	local name=$1 log=$LOGS/$1.log start=$SECONDS status
	shift
	# Not as a condition: the shell would ignore errors within the command.
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1
	status=$?
	set -e
	if [ "$status" = 0 ]; then
		passed=$((passed + 1))
		printf '%-17s %spass%s %4d s  %s\n' "$name" "$c_good" "$c_off" $((SECONDS - start)) \
			"$(sed -n 's/^note: //p' "$log" | tail -n 1)"
	else
		failed=$((failed + 1))
		printf '%-17s %sFAIL%s %4d s\n' "$name" "$c_bad" "$c_off" $((SECONDS - start))
		tail -n 30 "$log"
		say "the whole log: $log"
	fi
}

finish() {
	say "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}

# names and contents below DIR/SUB, names only elsewhere below DIR
fingerprint() {
	(cd "$1" && find . -type f -printf '%p %m\n' && find "$2" -type f -exec sha256sum {} +) |
		LC_ALL=C sort | sha256sum
}

# refuses COMMAND...: it has to fail, and to say why.
refuses() {
	local why
	if why=$("$@" 2>&1); then
		echo "accepted: $*"
		return 1
	fi
	[ -n "$why" ] && echo "$why"
}
