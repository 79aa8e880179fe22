#ifndef CFOREST_H
#define CFOREST_H

/// Asks the processor to have the cache line at `address` near when it is read.
///
/// A hint without an effect on any result; any address is allowed. In C because Swift 6.3 has no name for the instruction.
static inline void cforest_prefetch(const void *_Nonnull address) { __builtin_prefetch(address, 0, 3); }

#endif
