#ifndef CZLIB_H
#define CZLIB_H

#include <zlib.h>

/// `deflateInit2` is a macro (it bakes in the header's version), so Swift cannot see it.
/// `windowBits` 15 + 16 asks zlib to write the gzip header and CRC itself.
int czlib_gzip_init(z_stream *stream, int level);

/// `inflateInit2` is a macro for the same reason. 15 + 16 accepts a gzip member and nothing else.
int czlib_gunzip_init(z_stream *stream);

#endif
