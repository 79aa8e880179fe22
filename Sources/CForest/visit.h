// The way of a point through trees, inlined into a function for each kind of processor.
#ifndef CFOREST_VISIT_H
#define CFOREST_VISIT_H

#include "rows.h"

/// The bit that a leaf's number has and a node's has not.
static const unsigned leaf_bit = 0x8000;

/// Nodes this near to the root are used so often that their boxes are near anyway.
static const uint32_t near_depth = 4;

/// Visits that take turns. All enter their trees at the same time, so on the way down they are equally deep.
struct group {
    size_t count;
    const struct cforest_node *nodes[CFOREST_INTERLEAVED];
    const float *boxes[CFOREST_INTERLEAVED];
    /// Nodes above the leaf; on the way up, above what has been looked at.
    uint32_t levels[CFOREST_INTERLEAVED];
    /// A row for each depth, with the number of each visit's node, or of the leaf where it ended.
    uint16_t *path;
};

INLINE void enter(struct group *group, const struct cforest_trees *trees, size_t first, size_t width) {
    for (size_t lane = 0; lane < group->count; lane++) {
        size_t tree = first + lane;
        group->nodes[lane] = trees->nodes + tree * trees->capacity;
        group->boxes[lane] = trees->boxes + tree * trees->capacity * 2 * width;
        group->levels[lane] = 0;
        group->path[lane] = *(const uint16_t *)((const char *)trees->roots + tree * trees->roots_stride);
    }
}

/// Takes the visits whose turn it is one node down, and keeps those that are not in a leaf then.
INLINE size_t step_down(struct group *group, uint32_t *turns, size_t live, uint32_t depth, const float *point,
                        size_t width, bool is_near) {
    uint16_t *row = group->path + (size_t)depth * CFOREST_INTERLEAVED;
    size_t remaining = 0;
    for (size_t turn = 0; turn < live; turn++) {
        size_t lane = turns[turn];
        size_t position = row[lane];
        const struct cforest_node *node = group->nodes[lane] + position;
        // The way back up will want the box.
        if (!is_near) prefetch(group->boxes[lane] + position * 2 * width, 2 * width);
        uint16_t next = node->children[point[node->axis] > node->cut];
        row[CFOREST_INTERLEAVED + lane] = next;
        group->levels[lane] = depth + 1;
        // Kept or not without a branch, which would be mispredicted once for each visit.
        turns[remaining] = (uint32_t)lane;
        remaining += next < leaf_bit;
    }
    return remaining;
}

/// Takes visits down to their leaves, one step each in turn, for a step waits for a node.
INLINE void descend(struct group *group, const float *point, size_t width) {
    uint32_t turns[CFOREST_INTERLEAVED];
    size_t live = 0;
    for (size_t lane = 0; lane < group->count; lane++) {
        turns[live] = (uint32_t)lane;
        live += group->path[lane] < leaf_bit;
    }
    uint32_t depth = 0;
    for (; live > 0 && depth < near_depth; depth++) live = step_down(group, turns, live, depth, point, width, true);
    for (; live > 0; depth++) live = step_down(group, turns, live, depth, point, width, false);
}

/// Takes visits up from their leaves, one step each in turn, until their scores are final.
INLINE void ascend(struct group *group, const float *point, const double *unseen, struct cforest_outcome *outcomes,
                   size_t width) {
    const uint16_t *path = group->path;
    uint32_t turns[CFOREST_INTERLEAVED];
    size_t live = 0;
    for (size_t lane = 0; lane < group->count; lane++) {
        uint32_t depth = group->levels[lane];
        outcomes[lane].score = unseen[depth];
        outcomes[lane].depth = depth;
        outcomes[lane].leaf = path[(size_t)depth * CFOREST_INTERLEAVED + lane];
        turns[live] = (uint32_t)lane;
        live += depth > 0;
    }
    while (live > 0) {
        size_t remaining = 0;
        for (size_t turn = 0; turn < live; turn++) {
            size_t lane = turns[turn];
            uint32_t level = --group->levels[lane];
            size_t position = path[(size_t)level * CFOREST_INTERLEAVED + lane];
            const float *corners = group->boxes[lane] + position * 2 * width;
            float distance = outside(point, corners, corners + width, width);
            double probability = distance / (distance + group->nodes[lane][position].range);
            outcomes[lane].score += probability * (unseen[level] - outcomes[lane].score);
            // Where the point is inside a node's box, it is inside all boxes above.
            turns[remaining] = (uint32_t)lane;
            remaining += (distance > 0) & (level > 0);
        }
        live = remaining;
    }
}

INLINE void visit_in_width(const struct cforest_trees *trees, size_t count, const float *point, const double *unseen,
                           uint16_t *paths, struct cforest_outcome *outcomes, size_t width) {
    // One group goes down before the group before goes up, so that its boxes have time to come.
    struct group groups[2];
    groups[0].path = paths;
    groups[1].path = paths + CFOREST_INTERLEAVED * (trees->capacity + 1);
    groups[1].count = 0;
    struct group *down = groups, *up = groups + 1;
    for (size_t first = 0; first < count || up->count > 0; first += CFOREST_INTERLEAVED) {
        size_t left = first < count ? count - first : 0;
        down->count = left < CFOREST_INTERLEAVED ? left : CFOREST_INTERLEAVED;
        enter(down, trees, first, width);
        descend(down, point, width);
        ascend(up, point, unseen, up->count > 0 ? outcomes + first - CFOREST_INTERLEAVED : outcomes, width);
        struct group *next = up;
        up = down;
        down = next;
    }
}

INLINE void visit(const struct cforest_trees *trees, size_t count, const float *point, const double *unseen,
                  uint16_t *paths, struct cforest_outcome *outcomes) {
    // What is known about the width when compiling is not computed in every step.
    switch (trees->width) {
    case 4: visit_in_width(trees, count, point, unseen, paths, outcomes, 4); break;
    case 8: visit_in_width(trees, count, point, unseen, paths, outcomes, 8); break;
    case 16: visit_in_width(trees, count, point, unseen, paths, outcomes, 16); break;
    case 32: visit_in_width(trees, count, point, unseen, paths, outcomes, 32); break;
    default: visit_in_width(trees, count, point, unseen, paths, outcomes, trees->width);
    }
}

#endif
