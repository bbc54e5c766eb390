/* Option bytes of a TCP header, as hostile as they come: parsing ends, borrows only what it was
 * given. */
#include <stdlib.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct tcp_options options;

	if (size > TCP_MAX_OPTIONS_LEN)
		return 0;
	tcp_options_parse(bytes, size, &options);
	if ((options.present & TCP_HAS_SACK) && options.n_sack > TCP_MAX_SACK_BLOCKS)
		abort();
	if ((options.present & TCP_HAS_FASTOPEN) && options.cookie_len &&
		(options.cookie < bytes || options.cookie + options.cookie_len > bytes + size))
		abort();
	return 0;
}
