// libcurl takes options of any type through variadic functions, which Swift cannot call: one function for each type.
#ifndef ST_CURL_SHIM_H
#define ST_CURL_SHIM_H
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

typedef size_t (*st_curl_callback)(char *bytes, size_t size, size_t count, void *context);

static inline void st_curl_set_long(CURL *handle, CURLoption option, long value) {
    curl_easy_setopt(handle, option, value);
}

static inline CURLcode st_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline void st_curl_set_headers(CURL *handle, const struct curl_slist *list) {
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
}

static inline void st_curl_set_callbacks(
    CURL *handle, st_curl_callback header, st_curl_callback body, void *context) {
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

static inline long st_curl_status(CURL *handle) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}
#endif
