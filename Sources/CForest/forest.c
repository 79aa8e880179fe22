#include "CForest.h"

#include "rows.h"
#include "visit.h"

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2")))
#define HAS_WIDE __builtin_cpu_supports("avx2")
#else
// Registers of four are all there are.
#define WIDE
#define HAS_WIDE false
#endif

/// Defines a function three times: for any processor, for those with registers of eight, and the choice between them.
#define DEFINE(type, name, parameters, ...)                                                                            \
    type cforest_##name##_portable parameters { return name(__VA_ARGS__); }                                            \
    WIDE static type name##_wide parameters { return name(__VA_ARGS__); }                                              \
    type cforest_##name parameters {                                                                                   \
        return HAS_WIDE ? name##_wide(__VA_ARGS__) : cforest_##name##_portable(__VA_ARGS__);                           \
    }

DEFINE(float, outside, (const float *point, const float *lower, const float *upper, size_t width), point, lower, upper,
       width)

DEFINE(struct cforest_union, write_union,
       (const float *first_lower, const float *first_upper, const float *second_lower, const float *second_upper,
        float *target, size_t width),
       first_lower, first_upper, second_lower, second_upper, target, width)

DEFINE(void, visit,
       (const struct cforest_trees *trees, size_t count, const float *point, const double *unseen, uint16_t *paths,
        struct cforest_outcome *outcomes),
       trees, count, point, unseen, paths, outcomes)
