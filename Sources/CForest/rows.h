// Arithmetic on rows, inlined into a function for each kind of processor.
#ifndef CFOREST_ROWS_H
#define CFOREST_ROWS_H

#include "CForest.h"

// A sum of products is to be rounded twice everywhere.
#pragma STDC FP_CONTRACT OFF

#define INLINE __attribute__((always_inline)) static inline

/// A compiler for registers of four makes two of it.
typedef float eight __attribute__((ext_vector_type(8), aligned(16)));
typedef int32_t eight_bits __attribute__((ext_vector_type(8)));
typedef float four __attribute__((ext_vector_type(4)));
typedef int32_t four_bits __attribute__((ext_vector_type(4)));
typedef float two __attribute__((ext_vector_type(2)));

INLINE float sum(four lanes) {
    two pairs = lanes.lo + lanes.hi;
    return pairs.x + pairs.y;
}

/// How far a point lies outside a box: the sum over the axes of its distances to the nearest point inside.
INLINE float outside(const float *point, const float *lower, const float *upper, size_t width) {
    eight total = 0;
    size_t axis = 0;
    for (; axis + 8 <= width; axis += 8) {
        eight p = *(const eight *)(point + axis);
        eight l = *(const eight *)(lower + axis), u = *(const eight *)(upper + axis);
        eight raised = p > l ? p : l;
        eight nearest = raised < u ? raised : u;
        total += (eight)((eight_bits)(nearest - p) & 0x7FFFFFFF);
    }
    four even = total.lo;
    if (axis < width) {
        four p = *(const four *)(point + axis), l = *(const four *)(lower + axis), u = *(const four *)(upper + axis);
        four raised = p > l ? p : l;
        four nearest = raised < u ? raised : u;
        even += (four)((four_bits)(nearest - p) & 0x7FFFFFFF);
    }
    return sum(even + total.hi);
}

INLINE struct cforest_union write_union(const float *first_lower, const float *first_upper, const float *second_lower,
                                        const float *second_upper, float *target, size_t width) {
    four total = 0;
    four_bits difference = 0;
    float *lower = target, *upper = target + width;
    size_t axis = 0;
    for (; axis + 8 <= width; axis += 8) {
        eight a = *(const eight *)(first_lower + axis), b = *(const eight *)(second_lower + axis);
        eight least = b < a ? b : a;
        eight_bits changed = (eight_bits)least ^ (eight_bits)*(eight *)(lower + axis);
        *(eight *)(lower + axis) = least;
        a = *(const eight *)(first_upper + axis), b = *(const eight *)(second_upper + axis);
        eight greatest = b > a ? b : a;
        changed |= (eight_bits)greatest ^ (eight_bits)*(eight *)(upper + axis);
        *(eight *)(upper + axis) = greatest;
        eight sides = greatest - least;
        // Four at a time: another order would round otherwise, and so cut otherwise.
        total += sides.lo;
        total += sides.hi;
        difference |= changed.lo | changed.hi;
    }
    if (axis < width) {
        four a = *(const four *)(first_lower + axis), b = *(const four *)(second_lower + axis);
        four least = b < a ? b : a;
        difference |= (four_bits)least ^ (four_bits)*(four *)(lower + axis);
        *(four *)(lower + axis) = least;
        a = *(const four *)(first_upper + axis), b = *(const four *)(second_upper + axis);
        four greatest = b > a ? b : a;
        difference |= (four_bits)greatest ^ (four_bits)*(four *)(upper + axis);
        *(four *)(upper + axis) = greatest;
        total += greatest - least;
    }
    int32_t any = difference.x | difference.y | difference.z | difference.w;
    return (struct cforest_union){sum(total), any != 0};
}

INLINE void prefetch(const float *values, size_t count) {
    // A cache line has 16.
    for (size_t offset = 0; offset < count; offset += 16) cforest_prefetch(values + offset);
}

#endif
