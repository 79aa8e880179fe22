#!/usr/bin/env python3
"""Writes series_levels.csv: levels of rows by this implementation in numpy, the one that the level was found with.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 && venv/bin/python series_levels.py

A line is: set, seconds or nothing, values, level. The two forests, which are tested elsewhere, are replaced by scores
that follow from the row's number: see SCORES.
"""
import math
import numpy as np

MEMORY, CLIP, WINSOR, WILD = 10_000, 10.0, 4.0, 100.0
LAGS, FORGET, SMOOTH, DRIFT = 5, 0.9998, 10.0, 30.0
BLOCK, FIRST_BLOCKS, PROFILE_RATE, FLOOR, UNIT = 100, 5, 0.2, 0.05, 1.5
SCORES = (lambda t: 1 + t * 37 % 11 / 20), (lambda t: 0.9 + t * 53 % 13 / 20)


class Scale:
    """r -> r / robust scale of earlier r; scale = 1.25 EW|r|, r winsorised; floor = part of the spread of x"""
    def __init__(s, d):
        s.k = np.zeros(d); s.s = np.zeros(d); s.n = 0; s.m = np.zeros(d); s.q = np.zeros(d)

    def __call__(s, r, x):
        r = np.where(np.abs(r) <= 1e-12 * np.abs(x), 0.0, r); ok = ~np.isnan(r); v = np.where(ok, np.abs(r), 0.0)
        den = np.maximum(1.25 * s.s, FLOOR * s.q)
        use = ok & (s.k >= 50) & (den > 0)
        z = np.where(use, np.clip(np.where(ok, r, 0.0) / np.where(den > 0, den, 1.0), -CLIP, CLIP), 0.0)
        d = x - s.m
        if s.n >= 50: d = np.where(s.q > 0, np.clip(d, -WILD * s.q, WILD * s.q), d)
        s.n += 1; g = max(1.0 / MEMORY, 1.0 / s.n)
        s.m += g * d; s.q += g * (np.abs(d) - s.q)
        u = np.where(s.k >= 50, np.minimum(v, WINSOR * s.s + 1e-3 * s.q + 1e-12), v)
        s.k += ok; g = np.maximum(1.0 / MEMORY, 1.0 / np.maximum(s.k, 1))
        s.s += np.where(ok, g * (u - s.s), 0.0)
        return z


class DayProfile:
    """expected value by time of day; NaN until a slot's neighbourhood has been seen"""
    def __init__(s, d):
        s.d = d; s.last = None; s.diffs = []; s.p = None; s.k = 0; s.s = np.zeros(d)

    def __call__(s, x, sec):
        nan = np.full(s.d, np.nan)
        if sec is None: return nan
        if s.p is None:
            if s.last is not None and sec > s.last: s.diffs.append(sec - s.last)
            s.last = sec
            if len(s.diffs) == 15:
                s.width = max(60.0, sorted(s.diffs)[7]); n = int(86400 // s.width)
                if n < 2: s.diffs = []; return nan
                s.n = n; s.w = min(5, n // 48); s.p = np.zeros((n, s.d)); s.c = np.zeros(n, int)
            return nan
        j = int((sec % 86400) // s.width) % s.n
        near = [(j + i) % s.n for i in range(-s.w, s.w + 1)]
        out = s.p[near].mean(0) if s.c[near].all() else nan
        if s.c[j] == 0: s.p[j] = x; s.c[j] = 1
        else:
            d = x - s.p[j]
            if s.k > s.n: d = np.clip(d, -WINSOR * s.s, WINSOR * s.s)
            s.k += 1; s.s += max(1.0 / (2 * s.n), 1.0 / s.k) * (np.abs(d) - s.s)
            s.c[j] += 1; s.p[j] += max(PROFILE_RATE, 1.0 / s.c[j]) * d
        return out


class Forecast:
    """h-step forecast of each feature by recursive least squares from LAGS lags, the profile now and h rows ago"""
    def __init__(s, d, h):
        s.h = h; q = LAGS + 3; s.q = q; s.t = 0; s.d = d
        s.w = np.zeros((d, q)); s.w[:, 0] = 1.0
        s.P = np.tile(np.eye(q) * 1e2, (d, 1, 1)); s.sc = np.zeros(d); s.c = np.zeros(d)
        s.m = np.zeros(d); s.sd = np.zeros(d); s.ready = np.zeros(d, bool)
        s.xs = []; s.ps = []

    def __call__(s, x, pr):
        h, q = s.h, s.q; r = np.full(s.d, np.nan)
        s.ready |= (s.t >= LAGS + h + 50) & (s.sd > 0)
        a = s.ready
        if a.any():
            sd = np.where(a, s.sd, 1.0)
            f = np.empty((s.d, q))
            for i in range(LAGS): f[:, i] = (s.xs[h - 1 + i] - s.m) / sd
            ok = ~(np.isnan(pr) | np.isnan(s.ps[h - 1]))
            f[:, LAGS] = np.where(ok, (pr - s.m) / sd, 0.0)
            f[:, LAGS + 1] = np.where(ok, (s.ps[h - 1] - s.m) / sd, 0.0)
            f[:, LAGS + 2] = 1.0
            e = (x - s.m) / sd - (s.w * f).sum(1)
            r = np.where(a, e * sd, r)
            s.c += a
            most = WINSOR * s.sc + 1e-3
            ec = np.where(s.c > 100, np.clip(e, -most, most), e)
            s.sc += np.where(a, np.maximum(1e-3, 1.0 / np.maximum(s.c, 1)) * (np.abs(ec) - s.sc), 0.0)
            k = (s.P @ f[:, :, None])[:, :, 0]
            leverage = (k * f).sum(1)
            den = leverage + FORGET * np.maximum(1.0, leverage)
            w = s.w + k * (ec / den)[:, None]
            P = (s.P - k[:, :, None] * (k / den[:, None])[:, None, :]) / FORGET
            tr = np.trace(P, axis1=1, axis2=2)
            P *= np.minimum(1.0, 1e4 * q / np.maximum(tr, 1e-300))[:, None, None]
            s.w[a] = w[a]; s.P[a] = P[a]
        b = ~a
        if b.any():
            if s.t >= LAGS + h + 50: r = np.where(b, x - s.m, r)
            d = x - s.m
            s.m = np.where(b, s.m + d / (s.t + 1.0), s.m)
            s.sd = np.where(b, s.sd + (np.abs(d) - s.sd) / (s.t + 1.0), s.sd)
        s.t += 1
        s.xs.insert(0, x); s.ps.insert(0, pr)
        del s.xs[h + LAGS:]; del s.ps[h:]
        return r


class Peak:
    """v -> v / mean of its own past block maxima; 0 until FIRST_BLOCKS blocks are full"""
    def __init__(s): s.m = s.w = s.b = 0.0; s.k = s.n = 0

    def __call__(s, v):
        if s.n == 0 and s.b == 0.0 and not v > 0: return 0.0
        o = v / (s.m / s.w + 1e-12) if s.n >= FIRST_BLOCKS and s.m > 0 else 0.0
        s.b = max(s.b, v); s.k += 1
        if s.k == BLOCK:
            b = min(s.b, 3.0 * s.m / s.w) if s.n >= FIRST_BLOCKS and s.m > 0 else s.b
            g = 1.0 - BLOCK / MEMORY
            s.m = s.m * g + b; s.w = s.w * g + 1.0; s.n += 1; s.k = 0; s.b = 0.0
        return o


class Level:
    def __init__(s, d):
        s.t = 0; s.profile = DayProfile(d); s.f1 = Forecast(d, 1); s.f12 = Forecast(d, 12)
        s.z1 = Scale(d); s.z12 = Scale(d); s.zd = Scale(d)
        s.e1 = s.e12 = s.ed = 0.0; s.sg = np.zeros(d); s.peaks = [Peak() for _ in range(7)]

    def update(s, x, sec):
        pr = s.profile(x, sec)
        z1 = s.z1(s.f1(x, pr), x); z12 = s.z12(s.f12(x, pr), x); zd = s.zd(x - pr, x)
        en = float((z1 * z1).mean())
        s.e1 += (en - s.e1) / SMOOTH
        s.e12 += (float((z12 * z12).mean()) - s.e12) / SMOOTH
        s.ed += (float((zd * zd).mean()) - s.ed) / SMOOTH
        s.sg += (z1 - s.sg) / DRIFT
        views = [math.sqrt(v) for v in (en, s.e1, s.e12, s.ed, float((s.sg * s.sg).mean()))] + [f(s.t) for f in SCORES]
        s.t += 1
        ratios = [p(v) for p, v in zip(s.peaks, views)]
        on = [r for r, p in zip(ratios, s.peaks) if p.n >= FIRST_BLOCKS]
        return sum(on) / (len(on) * UNIT) if on else 0.0


def daily(rng):
    """one feature, ten-minute rows with a gap of three hours, over the end of a year; a spike, a shift, a wild value"""
    t = np.arange(1500); x = 50 + 20 * np.sin(2 * np.pi * (t % 144) / 144) + rng.normal(0, 2, len(t))
    x[900] += 30; x[1100:1160] += 15; x[1300] = 1e9
    sec = 1_482_796_800 + 600 * (t + 18 * (t > 700))
    return x[:, None], sec


def several(rng):
    """three features without times: a walk, bursts, and one that is constant until row 400"""
    t = np.arange(900); n = len(t)
    walk = np.cumsum(rng.normal(0, 1, n)); burst = rng.normal(0, 1, n) * np.where(t % 250 < 10, 6, 1)
    flag = np.where(t < 400, 7.0, 7.0 + (t // 37 % 2)); walk[700:] += 40
    return np.stack([walk, burst, flag], 1), [None] * n


rng = np.random.default_rng(2016)
with open('series_levels.csv', 'w') as out:
    for name, (rows, times) in (('daily', daily(rng)), ('several', several(rng))):
        rows = np.round(rows, 3); level = Level(rows.shape[1])
        for x, sec in zip(rows, times):
            print(name, '' if sec is None else int(sec), ' '.join('%.10g' % v for v in x),
                  '%.12g' % level.update(x, None if sec is None else float(sec)), sep=',', file=out)
