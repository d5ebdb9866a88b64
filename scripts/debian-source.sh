# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# shellcheck shell=bash
#
# Source packages of Debian, from the machine's own mirror. Source it after lib.sh.

# mirror OPTION...: the one that apt's sources name for Debian's main archive.
# shellcheck disable=SC2016 # what looks like variables is apt's
mirror() {
	apt-get "$@" indextargets --format '$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)' \
		'Created-By: Packages' |
		awk -F'|' '$1 == "Debian" && $2 !~ /-/ && $3 == "main" { print $4; exit }'
}

# fetch_source SUITE PACKAGE DIR: its tarball, checked by apt, by a list of sources that
# nothing else sees.
fetch_source() {
	local suite=$1 package=$2 dir=$3 uri state options
	mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
	state=(-q -o Dir::State::lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache"
		-o APT::Sandbox::User=root)
	uri=$(mirror)
	if [ -z "$uri" ]; then # package lists were never fetched
		apt-get "${state[@]}" update
		uri=$(mirror "${state[@]}")
	fi
	[ -n "$uri" ] || die "no mirror of Debian's main archive among apt's sources"
	options=("${state[@]}" -o Dir::Etc::sourcelist="$dir/apt/sources.list" -o Dir::Etc::sourceparts=-)
	echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" \
		>"$dir/apt/sources.list"
	apt-get "${options[@]}" update
	(cd "$dir" && apt-get "${options[@]}" source --download-only --tar-only "$package")
	rm -r "$dir/apt"
	[ -n "$(tarball "$package" "$dir")" ] || die "apt fetched no tarball of $package"
}

# tarball PACKAGE DIR: what fetch_source left there.
tarball() { find "$2" -name "$1_*.orig.tar.*" -print -quit; }

# ppc64el_apt DIR: set `apt` to apt-get for ppc64el with lists of its own below DIR, as if
# nothing were installed. The system is not changed; the sources are the machine's own.
ppc64el_apt() {
	mkdir -p "$1"/{state/lists/partial,cache/archives/partial}
	touch "$1/status"
	apt=(apt-get -qq -y -o "Dir::State=$1/state" -o "Dir::State::status=$1/status"
		-o "Dir::Cache=$1/cache" -o "Dir::Log=$1" -o APT::Sandbox::User=root
		-o APT::Architecture=ppc64el -o APT::Architectures=ppc64el)
	# An index that can not be fetched (a mirror lacks the security suite of this CPU now
	# and then) matters only if the packages can not be had without it.
	"${apt[@]}" update >"$1/log" 2>&1 || true
}

# not_fetched DIR: end as skipped, with apt's reason.
not_fetched() {
	skip "Debian's ppc64el packages can not be fetched: $(grep -m 1 '^E:' "$1/log" | sed -E 's,[a-z]+://[^ ]*/,,')"
}
