#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>

// Swift cannot call variadic functions. Each wrapper below exists for that reason alone: one for
// each C type that libcurl reads from the variadic argument, so that a wrong type does not compile.

CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value);
CURLcode ccurl_set_size(CURL *easy, CURLoption option, curl_off_t value);
/// libcurl copies the string, except for `CURLOPT_POSTFIELDS`.
CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value);
/// libcurl keeps the pointer: it must live until the transfer has ended.
CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
/// For `CURLOPT_WRITEFUNCTION` and `CURLOPT_HEADERFUNCTION`, which share a signature.
CURLcode ccurl_set_write(CURL *easy, CURLoption option, curl_write_callback value);
CURLcode ccurl_set_read(CURL *easy, curl_read_callback value);
CURLcode ccurl_set_progress(CURL *easy, curl_xferinfo_callback value);
CURLcode ccurl_set_debug(CURL *easy, curl_debug_callback value);
CURLcode ccurl_set_open_socket(CURL *easy, curl_opensocket_callback value);

CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value);
CURLcode ccurl_get_size(CURL *easy, CURLINFO info, curl_off_t *value);

CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);

/// `CURL_GLOBAL_DEFAULT` is a macro over macros, which Swift does not import.
CURLcode ccurl_global_init(void);

/// `CURLOPT_MAIL_RCPT_ALLLOWFAILS` lost its third L in libcurl 8.2, where the old name is a macro.
CURLcode ccurl_set_mail_rcpt_allow_fails(CURL *easy, long value);

#endif
