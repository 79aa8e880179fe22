#ifndef CFOREST_H
#define CFOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The inner loops of the forest, for rows of more than one dimension.
///
/// In C because they are compiled twice, for every processor and for those with registers of eight floats, which are
/// chosen where there are any. Each sum is taken in the same order by both, and no multiplication is fused with an
/// addition, so that the results are equal to the last bit on every machine.
///
/// Rows are `width` floats, a multiple of 4, at addresses that are multiples of 16.

/// How far a point lies outside a box: a sum over the axes, in the units of the stored points.
float cforest_outside(const float *_Nonnull point, const float *_Nonnull lower, const float *_Nonnull upper,
                      size_t width);

/// What came of writing a box.
struct cforest_union {
    /// The sum of its sides.
    float range;
    /// Whether it differs from what was there.
    bool is_changed;
};

/// Writes the box around two boxes, which may be the target itself: `width` values of the lower corner, then those of
/// the upper.
struct cforest_union cforest_write_union(const float *_Nonnull first_lower, const float *_Nonnull first_upper,
                                         const float *_Nonnull second_lower, const float *_Nonnull second_upper,
                                         float *_Nonnull target, size_t width);

/// As `Node` in Swift.
struct cforest_node {
    float cut;
    float range;
    uint16_t children[2];
    uint16_t mass;
    uint16_t axis;
};

/// The trees of a forest, each array one tree after the other.
struct cforest_trees {
    const struct cforest_node *_Nonnull nodes;
    /// The lower and the upper corner of each node's box.
    const float *_Nonnull boxes;
    /// The first tree's root; the next one's is `roots_stride` bytes further.
    const uint16_t *_Nonnull roots;
    size_t roots_stride;
    /// Nodes that there is room for in each tree.
    size_t capacity;
    size_t width;
};

/// What came of a visit of one tree.
struct cforest_outcome {
    double score;
    /// Nodes above the leaf.
    uint32_t depth;
    /// Where the way down ended.
    uint16_t leaf;
};

/// Visits that take turns, so that one's cache misses overlap with the others' work.
#define CFOREST_INTERLEAVED 16

/// Takes a point down the first `count` trees and up again until its scores are final, and writes an outcome for each.
///
/// - unseen: what a point scores that is cut off at a depth, for each depth.
/// - paths: room for 2 * CFOREST_INTERLEAVED * (capacity + 1) numbers of nodes.
///
/// No tree may be empty.
void cforest_visit(const struct cforest_trees *_Nonnull trees, size_t count, const float *_Nonnull point,
                   const double *_Nonnull unseen, uint16_t *_Nonnull paths, struct cforest_outcome *_Nonnull outcomes);

/// The same three for any processor, for tests to compare with.
float cforest_outside_portable(const float *_Nonnull point, const float *_Nonnull lower, const float *_Nonnull upper,
                               size_t width);
struct cforest_union cforest_write_union_portable(const float *_Nonnull first_lower, const float *_Nonnull first_upper,
                                                  const float *_Nonnull second_lower,
                                                  const float *_Nonnull second_upper, float *_Nonnull target,
                                                  size_t width);
void cforest_visit_portable(const struct cforest_trees *_Nonnull trees, size_t count, const float *_Nonnull point,
                            const double *_Nonnull unseen, uint16_t *_Nonnull paths,
                            struct cforest_outcome *_Nonnull outcomes);

/// Asks the processor to have the cache line at `address` near when it is read.
///
/// A hint without an effect on any result; any address is allowed. In C because Swift 6.3 has no name for the
/// instruction.
static inline void cforest_prefetch(const void *_Nonnull address) { __builtin_prefetch(address, 0, 3); }

#endif
