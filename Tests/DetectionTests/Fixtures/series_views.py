#!/usr/bin/env python3
"""Known answers for SeriesModel: the views and the alarm rule in plain Python, without forests.

The classes are those that the constants were chosen with; forests' scores are given, so that no two forests need to agree.
Inputs come from SplitMix64 and exact arithmetic, so that the tests make the very same ones.

needs: nothing but Python 3           usage: series_views.py > series_views.csv
columns: row, evidence of week, day, rank of day, shift (empty: none), rank, excess of the range, level, alarm (0 or 1)
"""
import bisect, collections, math

BLOCK, FORGET, FLOOR, MIN_BLOCKS = 48, .99, .05, 3   # calibration against past block maxima
CAP = 1.8                                            # most one calibrated view may say, in thresholds
FORESTS = ((48, 256, 4e-4, 2.25), (8, 1024, 1e-4, 4.))   # shingle, samples, decay, threshold
TREES = 50
VIEW = 4.                                            # threshold of every other view
WARM, GROW, EXCEED = 300, .5, .05                    # range excursion
RECENT, KEEP, EVERY, QUANTILES, FIRST = 120, 1024, 4, 15, 32   # recent rows against the history
REFRACTORY, ESCALATE = 120, 2.


class BlockMaxima:
    """raw value -> standard deviations above the mean of its own past 48-row maxima, 0 or more; None passes through as 0"""
    def __init__(s): s.n = s.m = s.q = 0.; s.k = 0; s.b = -math.inf
    def __call__(s, x):
        if x is None: return 0.
        z = 0.
        if s.n >= MIN_BLOCKS:                        # effective number of blocks
            m = s.m / s.n
            z = max(0., (x - m) / (math.sqrt(max(s.q / s.n - m * m, 0.)) + FLOOR * abs(m) + 1e-9))
        s.b = max(s.b, x); s.k += 1
        if s.k == BLOCK:
            s.n = s.n * FORGET + 1; s.m = s.m * FORGET + s.b; s.q = s.q * FORGET + s.b * s.b
            s.k = 0; s.b = -math.inf
        return z


class Profile:
    """residual against a running profile over the time of day or week; its mean over the last `rows` rows, absolute"""
    def __init__(s, period, bins, rate, rows):
        s.p, s.rate, s.m, s.c = period, rate, [0.] * bins, [0] * bins
        s.last = collections.deque(maxlen=rows)
    def __call__(s, t, x):
        nb = len(s.m); b = int((t % s.p) / s.p * nb)
        near = [s.m[j] for j in ((b - 1) % nb, b, (b + 1) % nb) if s.c[j]]
        r = x - sum(near) / len(near) if near else None
        s.c[b] += 1; s.m[b] += max(s.rate, 1. / s.c[b]) * (x - s.m[b])
        s.last.append(r)                             # a row without residual takes its place in the window
        if r is None: return None
        there = [v for v in s.last if v is not None]
        return abs(sum(there) / len(there))


class Rank:
    """mid-rank (0..1) among every fourth of the past rows, at most 1024 of them; .5 until 16 are kept"""
    def __init__(s): s.ring = collections.deque(); s.sorted = []; s.i = 0
    def __call__(s, x):
        n = len(s.sorted)
        u = .5 if n < 16 else .5 * (bisect.bisect_left(s.sorted, x) + bisect.bisect_right(s.sorted, x)) / n
        if s.i % EVERY == 0:
            if len(s.ring) == KEEP: s.sorted.pop(bisect.bisect_left(s.sorted, s.ring.popleft()))
            s.ring.append(x); bisect.insort(s.sorted, x)
        s.i += 1
        return u


class Shift:
    """mean distance between the distribution functions of the last 120 rows and of the history before them, at 15 quantiles"""
    def __init__(s):
        s.recent = collections.deque(); s.ring = collections.deque(); s.sorted = []; s.n = 0; s.edges = None
    def __call__(s, x):
        s.recent.append(x)
        if len(s.recent) > RECENT:
            old = s.recent.popleft()
            if s.n % EVERY == 0:
                if len(s.ring) == KEEP: s.sorted.pop(bisect.bisect_left(s.sorted, s.ring.popleft()))
                s.ring.append(old); bisect.insort(s.sorted, old)
            s.n += 1
            h = len(s.sorted)
            if h >= FIRST and s.n % (4 * EVERY) == 0:     # the quantiles are taken anew every 16 rows
                e = [s.sorted[int((k + .5) / QUANTILES * h)] for k in range(QUANTILES)]
                s.edges = [(v, bisect.bisect_right(s.sorted, v) / h) for v in e]
        if s.edges is None: return None
        r = sorted(s.recent)
        return sum(abs(bisect.bisect_right(r, v) / RECENT - f) for v, f in s.edges) / QUANTILES


class Range:
    """how far the value lies outside the range seen, as a share of that range; one row widens it by at most half"""
    def __init__(s): s.lo = s.hi = None; s.t = 0
    def __call__(s, x):
        if s.lo is None: s.lo = s.hi = x
        r = s.hi - s.lo; e = 0.
        if s.t >= WARM and r > 0:
            e = max((x - s.hi) / r, (s.lo - x) / r, 0.)
            if x > s.hi: s.hi = min(x, s.hi + GROW * r)
            if x < s.lo: s.lo = max(x, s.lo - GROW * r)
        else:
            s.hi = max(s.hi, x); s.lo = min(s.lo, x)
        s.t += 1
        return e


class Detector:
    """update(seconds or None, value, scores of both forests) -> evidences, level, alarm"""
    def __init__(s):
        s.t = 0; s.last = -10**9; s.peak = 0.
        s.forests = [(BlockMaxima(), th) for _, _, _, th in FORESTS]
        s.week, s.cweek = Profile(604800, 168, .3, 6), BlockMaxima()
        s.day, s.cday = Profile(86400, 96, .1, 24), BlockMaxima()
        s.rank, s.rday, s.crday = Rank(), Profile(86400, 96, .1, 24), BlockMaxima()
        s.shift, s.cshift = Shift(), BlockMaxima()
        s.range = Range()

    def update(s, when, x, scores):
        u = []
        for r, (cal, th) in zip(scores, s.forests): u.append(cal(r if r > 0. else None) / th)
        k = s.rank(x); w = d = kd = None
        if when is not None:
            w, d, kd = s.week(when, x), s.day(when, x), s.rday(when, k)
            u.append(s.cweek(w) / VIEW)
            u.append(s.cday(d) / VIEW)
            u.append(s.crday(kd) / VIEW)
        sh = s.shift(x); u.append(s.cshift(sh) / VIEW)
        u = [min(v, CAP) for v in u]
        e = s.range(x)
        if e > EXCEED: u.append(2. + 2. * min(e, 3.))
        level = sum(v ** 4 for v in u) ** .25
        alarm = level >= 1. and (s.t - s.last > REFRACTORY or level > ESCALATE * s.peak)
        if alarm: s.last = s.t; s.peak = level
        s.t += 1
        return (w, d, kd, sh, k, e), level, alarm


MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(s, seed): s.state = seed
    def next(s):
        s.state = (s.state + 0x9E3779B97F4A7C15) & MASK; z = s.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)
    def unit(s): return (s.next() >> 11) * 2. ** -53


def rows(count, stream):
    """row, seconds or None, value, scores: days and weeks, spikes, silence, a lasting shift, a gap, a clock that fails"""
    for i in range(count):
        when = 1_400_000_000 + 300 * (i + (40 if i >= 2000 else 0))
        noise, long, short = stream.unit(), stream.unit(), stream.unit()
        value = abs(when % 86400 - 43200) / 1200. + 4. * noise
        if when // 86400 % 7 < 2: value = value - 10.
        if i in (1500, 1560, 5600): value = value + 100.
        if 4000 <= i < 4200: value = 20.
        if i >= 5000: value = value + 15.
        stir = 2. if i % 1100 == 1050 else 0.
        yield (i, None if 3000 <= i < 3050 else when, value,
               (.75 + .5 * long + stir if i >= 95 else 0., .75 + .25 * short + .5 * stir if i >= 39 else 0.))


def main():
    det = Detector()
    for i, when, value, scores in rows(6000, SplitMix64(7)):
        evidence, level, alarm = det.update(when, value, scores)
        if alarm or i % 20 == 0:
            print(','.join([str(i)] + ['' if v is None else '%.12g' % v for v in evidence] + ['%.12g' % level, str(int(alarm))]))


if __name__ == '__main__':
    main()
