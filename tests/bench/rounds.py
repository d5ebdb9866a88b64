#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Alternate the benchmark's programs with the same seeds, and report medians beside targets.

usage: rounds.py BUILD_DIRECTORY OUTPUT_DIRECTORY ROUNDS full|quick [DOCUMENT]

The DOCUMENT's part between the lines "<!-- measured -->" and "<!-- end of measured -->" is
replaced by what was measured.
"""
import glob
import json
import os
import platform
import re
import statistics
import subprocess
import sys

# Label, case, target for the ratio to Linux (None: none is set).
ROWS = [
    ("H_ENTER", "enter", 0.70),
    ("H_ENTER exact", "enter-exact", 0.75),
    ("H_REMOVE", "remove", 0.55),
    ("H_REMOVE, absent entry", "remove-absent", None),
    ("H_BULK_REMOVE, per HPTE", "bulk-remove", 0.35),
    ("H_PROTECT, to read-only", "protect", 0.9),
    ("H_PROTECT, back to writable", "protect-back", None),
    ("unmap one frame", "unmap-frame", 0.35),
    ("unmap range, per frame", "unmap-range", 0.25),
    ("unmap range, all absent, without the host's part", "unmap-range-absent", None),
    ("unmap range, nothing mapped, without the host's part", "unmap-range-empty", 0.1),
    ("the host's part: its own page table, per frame", "unmap-host", None),
    ("fault, classified only", "fault-classify", None),
    ("refault, whole, per entry brought back", "refault", 0.60),
    ("age a young range, per frame", "age-young", 0.12),
    ("age an idle range, per frame", "age-idle", 0.05),
    ("age one young frame", "age-frame-young", None),
    ("age one idle frame", "age-frame-idle", None),
    ("test age of one young frame", "test-age-young", None),
    ("harvest, all dirty, per frame", "harvest-dirty", 0.12),
    ("harvest, half dirty, per frame", "harvest-half", None),
    ("harvest, clean, per frame", "harvest-clean", 0.05),
    ("harvest, clean, vCPUs stopped, per frame", "harvest-clean-stopped", None),
]
HOT = [
    ("hot page: enter", "hot-enter", 1.0),
    ("hot page: enter, in a new table", "hot-enter-new", None),
    ("hot page: remove", "hot-remove", 1.0),
    ("hot page: unmap, per HPTE", "hot-unmap", 1.0),
    ("hot page: refault, per entry", "hot-refault", None),
]
# Single calls, which a guest or a host makes one at a time.
APART = [(label, case, 1.0) for label, case, _ in ROWS + HOT
         if case in ("enter", "enter-exact", "remove", "remove-absent", "bulk-remove", "protect",
                     "protect-back", "unmap-frame", "fault-classify", "refault",
                     "age-frame-young", "age-frame-idle", "test-age-young", "hot-enter",
                     "hot-remove", "hot-refault")]
SYNCS = [
    ("unmap range", "unmap-range"),
    ("age young range", "age-young"),
    ("harvest dirty", "harvest-dirty"),
]
PAGES = {"64K": ("16", 65536, 8), "4K": ("12", 262144, 2)}
ORDER = 24  # a table of 16 MiB, half full: larger than the caches near a core
SYNC_TARGET = 1 / 32
EMPTY_TARGET = 0.05  # "about nothing"


def sizes(pages):
    shift, frames, aliases = PAGES[pages]
    return shift, ["--order", str(ORDER), "--frames", str(frames), "--aliases", str(aliases)]


def run(program, args, prefix="R"):
    out = subprocess.run([program, *args], capture_output=True, text=True, timeout=600)
    if out.returncode:
        raise SystemExit(f"{os.path.basename(program)} failed: {out.stderr.strip()}")
    found = {}
    for f in (line.split() for line in out.stdout.splitlines()):
        if f and f[0] == prefix:
            found.setdefault(f[1], []).append([float(x) for x in f[2:]])
    # A case that was timed more than once in one run counts once.
    return {case: [statistics.median(x) for x in zip(*v)] for case, v in found.items()}


class Results:
    """Values by (who, pages, case): one per round."""

    def __init__(self):
        self.values, self.syncs, self.load = {}, {}, []

    def add(self, who, pages, measured):
        for case, v in measured.items():
            self.values.setdefault((who, pages, case), []).append(v[0])
            self.syncs[who, pages, case] = v[1:]

    def get(self, who, pages, case):
        return self.values.get((who, pages, case))

    def median(self, who, pages, case):
        v = self.get(who, pages, case)
        return statistics.median(v) if v else None

    def text(self, who, pages, case):
        v = self.get(who, pages, case)
        if not v:
            return "-"
        digits = 1 if statistics.median(v) < 100 else 0
        return f"{statistics.median(v):.{digits}f} ({min(v):.{digits}f}-{max(v):.{digits}f})"


def measure(build, rounds, mode, who):
    results = Results()
    seconds = "0.2" if mode == "quick" else "0.5"
    threads = min(2, os.cpu_count() or 1)
    for r in range(rounds):
        print(f"\rround {r + 1} of {rounds} ", end="", file=sys.stderr, flush=True)
        results.load.append(os.getloadavg()[0])
        for pages in PAGES:
            shift, size = sizes(pages)
            # Who comes first has the caches as somebody else left them.
            for name in who if r % 2 else reversed(who):
                what = "serial,hot,threads,mixed" if pages == "64K" and threads > 1 else "serial"
                results.add(name, pages, run(f"{build}/bench_{name}_{shift}", [
                    *size, "--run", what, "--threads", str(threads), "--seconds", seconds,
                    "--seed", str(r)]))
                apart = run(f"{build}/bench_{name}_{shift}", [
                    *size, "--run", "serial,hot", "--apart", "--seed", str(r)])
                results.add(name, pages, {f"apart-{case}": apart[case] for _, case, _ in APART})
        if threads > 1:
            shift, size = sizes("64K")
            results.add("hptpager_host", "64K", run(f"{build}/bench_hptpager_host_{shift}", [
                *size, "--run", "mixed", "--seconds", seconds, "--seed", str(r)]))
    print(file=sys.stderr)
    return results


def lines(build, who, out):
    """Cache lines and instructions per operation, by callgrind, on a small table."""
    counted = {}
    for name in who:
        for old in glob.glob(f"{out}/callgrind.{name}*"):
            os.remove(old)
        subprocess.run(["valgrind", "--tool=callgrind", "--cache-sim=yes", "--collect-atstart=no",
                        f"--callgrind-out-file={out}/callgrind.{name}", f"{build}/bench_{name}_16",
                        "--order", "21", "--frames", "8192", "--aliases", "8"],
                       check=True, capture_output=True, timeout=900)
        for dump in glob.glob(f"{out}/callgrind.{name}.*"):
            with open(dump, errors="replace") as f:
                text = f.read()
            label = re.search(r"Client Request: (\S+) ops=(\d+)", text)
            total = re.search(r"^(?:totals|summary): (.*)$", text, re.M)
            if label and total:
                events = re.search(r"^events: (.*)$", text, re.M).group(1).split()
                cost = dict(zip(events, map(int, total.group(1).split())))
                n = int(label.group(2))
                misses = cost.get("D1mr", 0) + cost.get("D1mw", 0)
                counted[name, label.group(1)] = (misses / n, cost["Ir"] / n)
    return counted


def verdict(value, target):
    if target is None or value is None:
        return "-", "-"
    return f"{target:.2f}", "met" if value <= target else "missed"


def table(head, rows):
    width = [max(len(str(r[i])) for r in [head, *rows]) for i in range(len(head))]
    yield "| " + " | ".join(h.ljust(w) for h, w in zip(head, width)) + " |"
    yield "|" + "|".join("-" * (w + 2) for w in width) + "|"
    for row in rows:
        yield "| " + " | ".join(str(c).ljust(w) for c, w in zip(row, width)) + " |"


def ratio_row(res, pages, label, case, target):
    ours, linux = res.median("hptpager", pages, case), res.median("linux", pages, case)
    ratio = ours / linux if ours and linux else None
    wanted, met = verdict(ratio, target)
    if target is not None and ratio is None:
        met = "needs --linux"
    return [label, res.text("linux", pages, case), res.text("hptpager", pages, case),
            f"{ratio:.2f}" if ratio else "-", wanted, met]


def operations(res, counted):
    for pages in PAGES:
        per_frame = PAGES[pages][2]
        yield f"\n### {pages} host pages, {per_frame} entries per frame, ns\n"
        rows = [ratio_row(res, pages, *row) for row in ROWS + (HOT if pages == "64K" else [])]
        yield from table(["operation", "Linux", "libhptpager", "ratio", "target", ""], rows)
    for pages in PAGES:
        yield f"\n### One call at a time, {pages}, ns\n"
        yield from table(["operation", "Linux", "libhptpager", "ratio", "target", ""],
                         [ratio_row(res, pages, label, f"apart-{case}", target)
                          for label, case, target in APART])
    if counted:
        yield "\n### Cache lines and instructions per operation (callgrind, 64K, L1 misses)\n"
        rows = []
        for label, case, _ in ROWS + HOT:
            row = [counted.get((who, case)) for who in ("linux", "hptpager")]
            if any(row):
                rows.append([label, *(f"{r[i]:.{d}f}" if r else "-" for i, d in ((0, 1), (1, 0))
                                      for r in row)])
        yield from table(["operation", "Linux: lines", "libhptpager: lines", "Linux: instr.",
                          "libhptpager: instr."], rows)


def syncs(res):
    yield "\n### TLB sequences per HPTE\n"
    rows = []
    for pages in PAGES:
        for label, case in SYNCS:
            row = [f"{label}, {pages}"]
            for who in ("linux", "hptpager"):
                tlbie, sync = res.syncs.get((who, pages, case), (0, 0))
                row.append(f"{sync / tlbie:.4f}" if tlbie else "-")
            tlbie, sync = res.syncs["hptpager", pages, case]
            # The last batch of a range may be short.
            met = "met" if tlbie and sync / tlbie <= SYNC_TARGET * 1.01 else "missed"
            rows.append([*row, "1/32", met])
    yield from table(["operation", "Linux", "libhptpager", "target", ""], rows)


def memory(res):
    yield "\n### Memory beside the table, MiB\n"
    rows = []
    for pages in PAGES:
        for label, case, target in (("empty table", "memory-empty", EMPTY_TARGET),
                                    ("half full", "memory-half-full", 0.8)):
            ours = res.median("hptpager", pages, case)
            # What Linux needs is a matter of arithmetic: 16 bytes per entry, 8 per frame.
            linux = 16 * 2 ** (ORDER - 4) + 8 * PAGES[pages][1]
            wanted, met = verdict(ours / linux, target)
            if case == "memory-empty":
                wanted = "~0"
            rows.append([f"{label}, {pages}", f"{linux / 2**20:.2f}", f"{ours / 2**20:.2f}",
                         f"{ours / linux:.2f}", wanted, met])
    yield from table(["", "Linux", "libhptpager", "ratio", "target", ""], rows)


def threads(res):
    yield "\n### Threads, 64K, ns of CPU time per operation\n"
    if not res.get("hptpager", "64K", "mixed-idle-ns"):
        yield "Not measured: one CPU, and more threads than CPUs measure preemption."
        return
    rows = []
    for kind in ("disjoint", "shared"):
        one, two = f"threads-1-{kind}", f"threads-2-{kind}"
        ratio = res.median("hptpager", "64K", two) / res.median("hptpager", "64K", one)
        wanted, met = verdict(ratio, 1.2)
        rows.append([f"2 threads H_ENTER, {kind} frames", res.text("linux", "64K", two),
                     res.text("hptpager", "64K", two), f"{ratio:.2f} x own 1 thread", wanted, met])
    for label, who in (("", "hptpager"), (", host's own sequence", "hptpager_host")):
        for rate in ("idle", "10k", "100k"):
            case = f"mixed-{rate}-ns"
            ratio = res.median(who, "64K", case) / res.median(who, "64K", "mixed-idle-ns")
            wanted, met = verdict(ratio, 1.3 if who == "hptpager" and rate != "idle" else None)
            rows.append([f"1 vCPU, unmaps {rate} per s{label}", res.text("linux", "64K", case),
                         res.text(who, "64K", case), f"{ratio:.2f} x own idle", wanted, met])
        for rate in ("10k", "100k"):
            case = f"mixed-{rate}-retries"
            value = res.median(who, "64K", case)
            linux = res.median("linux", "64K", case)
            met = ("met" if value < 0.001 else "missed") if who == "hptpager" else "-"
            rows.append([f"retries per refault, {rate} per s{label}",
                         "-" if linux is None else f"{linux:.3f}", f"{value:.4f}", "",
                         "0" if who == "hptpager" else "-", met])
    yield from table(["", "Linux", "libhptpager", "ratio", "target", ""], rows)


def machine(build, rounds, res):
    with open("/proc/cpuinfo") as f:
        cpu = re.search(r"model name\s*: (.*)", f.read())
    with open(f"{build}/flags") as f:
        flags = f.read().strip()
    yield f"* Machine: {cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} CPUs, " \
          f"{platform.system()} {platform.release()}"
    yield f"* Compiler: {flags}"
    yield f"* Rounds: {rounds} interleaved, medians (min-max) of thread CPU time; " \
          f"load average {min(res.load):.1f}-{max(res.load):.1f}"
    if os.path.exists(f"{build}/bench_linux_16"):
        with open(f"{build}/linux/gen/version") as f:
            yield f"* Linux: {f.read().strip()}, addresses identity-mapped, ptesync free"


def plot(res, out):
    rows = [(label, res.median("linux", p, c), res.median("hptpager", p, c), t, p)
            for p in PAGES for label, c, t in ROWS]
    rows = [r for r in rows if r[1] and r[2]]
    if not rows:
        return
    with open(f"{out}/ratios.dat", "w") as f:
        for label, linux, ours, target, pages in rows:
            f.write(f'"{pages} {label}" {ours / linux:.4f} {"NaN" if target is None else target}\n')
    with open(f"{out}/ratios.gp", "w") as f:
        f.write(f'''set style data histograms
set style fill solid 0.8
set xtics rotate by -60 font ",8"
set ylabel "libhptpager / Linux"
set yrange [0:*]
set key top left
set bmargin 16
set rmargin 14
do for [t in "svg png"] {{
    set terminal t size 1400,700 noenhanced
    set output "{out}/ratios.".t
    plot "{out}/ratios.dat" using 2:xtic(1) title "measured", \\
         "" using 0:3 with points pt 9 title "target", 1 notitle dt 2
}}
''')
    subprocess.run(["gnuplot", f"{out}/ratios.gp"], check=True)
    print(f"plots: {out}/ratios.svg, {out}/ratios.png")


def into_document(path, text):
    with open(path) as f:
        whole = f.read()
    begin, end = "<!-- measured -->\n", "<!-- end of measured -->\n"
    if begin not in whole or end not in whole:
        raise SystemExit(f"{path}: the lines around what was measured are not there")
    head, rest = whole.split(begin)
    with open(path, "w") as f:
        f.write(head + begin + "\n" + text + "\n" + end + rest.split(end)[1])
    print(f"document: {path}")


def main():
    build, out, rounds, mode = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    who = ["hptpager"] + (["linux"] if os.path.exists(f"{build}/bench_linux_16") else [])
    limits = run(f"{build}/bench_limits", [], "L")
    res = measure(build, rounds, mode, who)
    counted = lines(build, who, out) if mode == "full" else {}
    text = [*machine(build, rounds, res), *operations(res, counted), *threads(res),
            *syncs(res), *memory(res), "\n### Physical limits, ns\n",
            *table(["", "ns"], [[k, f"{v[0]:.1f}"] for k, v in limits.items()])]
    print("\n".join(text))
    with open(f"{out}/bench.md", "w") as f:
        f.write("\n".join(text) + "\n")
    with open(f"{out}/bench.json", "w") as f:
        json.dump({
            "machine": list(machine(build, rounds, res)), "limits": limits,
            "values": [{"who": w, "pages": p, "case": c, "ns": v,
                        "per_op_tlbie_sync": res.syncs[w, p, c]}
                       for (w, p, c), v in res.values.items()],
            "callgrind": [{"who": w, "case": c, "lines": n, "instructions": i}
                          for (w, c), (n, i) in counted.items()],
        }, f, indent=1)
    if len(sys.argv) > 5:
        into_document(sys.argv[5], "\n".join(text) + "\n")
    print(f"\ntable: {out}/bench.md\nnumbers: {out}/bench.json")
    plot(res, out)


main()
