#ifndef CCRYPTO_H
#define CCRYPTO_H

#include <stddef.h>

// Why a shim: libcrypto looks an algorithm up by name on every EVP_sha256() or HMAC(), which costs 0.6 µs, several
// times the hashing of a short record. Here each is fetched once and kept for the life of the process. Every function
// may be called from any thread. All return 1, or 0 where libcrypto has no memory or no such algorithm.

/// SHA-256. `out` receives 32 bytes.
int ccrypto_sha256(const void *message, size_t length, unsigned char *out);

/// MD5, for S3's ETags and Kinesis' hash keys, never for security. `out` receives 16 bytes.
int ccrypto_md5(const void *message, size_t length, unsigned char *out);

/// HMAC-SHA-256. `out` receives 32 bytes.
int ccrypto_hmac_sha256(const void *key, size_t key_length,
                        const void *message, size_t message_length,
                        unsigned char *out);

/// A SHA-256 that is fed in pieces, by one thread at a time. NULL where there is no memory.
typedef struct evp_md_ctx_st ccrypto_sha256_stream;
ccrypto_sha256_stream *ccrypto_sha256_begin(void);
int ccrypto_sha256_append(ccrypto_sha256_stream *stream, const void *message, size_t length);
/// `out` receives 32 bytes; after this only `ccrypto_sha256_free` may be called.
int ccrypto_sha256_finish(ccrypto_sha256_stream *stream, unsigned char *out);
void ccrypto_sha256_free(ccrypto_sha256_stream *stream);

#endif
