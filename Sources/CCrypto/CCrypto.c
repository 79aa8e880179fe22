#include "CCrypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>

// Written once under `fetched`, read only afterwards. Never freed: they live as long as libcrypto itself.
static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static EVP_MD *md5;
static EVP_MAC_CTX *hmac_sha256;

static void fetch(void) {
    sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    md5 = EVP_MD_fetch(NULL, "MD5", NULL);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (hmac == NULL) return;
    hmac_sha256 = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    OSSL_PARAM digest[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA2-256", 0),
        OSSL_PARAM_construct_end(),
    };
    if (hmac_sha256 != NULL && !EVP_MAC_CTX_set_params(hmac_sha256, digest)) {
        EVP_MAC_CTX_free(hmac_sha256);
        hmac_sha256 = NULL;
    }
}

int ccrypto_sha256(const void *message, size_t length, unsigned char *out) {
    pthread_once(&fetched, fetch);
    return sha256 != NULL && EVP_Digest(message, length, out, NULL, sha256, NULL);
}

int ccrypto_md5(const void *message, size_t length, unsigned char *out) {
    pthread_once(&fetched, fetch);
    return md5 != NULL && EVP_Digest(message, length, out, NULL, md5, NULL);
}

int ccrypto_hmac_sha256(const void *key, size_t key_length,
                        const void *message, size_t message_length,
                        unsigned char *out) {
    pthread_once(&fetched, fetch);
    if (hmac_sha256 == NULL) return 0;
    // A copy of the prepared context: naming the digest afresh would look it up again.
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(hmac_sha256);
    if (context == NULL) return 0;
    size_t length = 0;
    // EVP_MAC_init takes a NULL key for "the key of last time", which an empty Swift array may be.
    static const unsigned char no_key = 0;
    int succeeded = EVP_MAC_init(context, key == NULL ? &no_key : key, key_length, NULL)
        && EVP_MAC_update(context, message, message_length)
        && EVP_MAC_final(context, out, &length, 32)
        && length == 32;
    EVP_MAC_CTX_free(context);
    return succeeded;
}

ccrypto_sha256_stream *ccrypto_sha256_begin(void) {
    pthread_once(&fetched, fetch);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) return NULL;
    if (sha256 != NULL && EVP_DigestInit_ex2(context, sha256, NULL)) return context;
    EVP_MD_CTX_free(context);
    return NULL;
}

int ccrypto_sha256_append(ccrypto_sha256_stream *stream, const void *message, size_t length) {
    return EVP_DigestUpdate(stream, message, length);
}

int ccrypto_sha256_finish(ccrypto_sha256_stream *stream, unsigned char *out) {
    return EVP_DigestFinal_ex(stream, out, NULL);
}

void ccrypto_sha256_free(ccrypto_sha256_stream *stream) {
    EVP_MD_CTX_free(stream);
}
