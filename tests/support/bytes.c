#include "bytes.h"

#include <string.h>
#include <unistd.h>

#include "wire/build.h"
#include "wire/checksum.h"
#include "wire/wire.h"

/* Reachable until the end: a leak check has nothing to say of it. */
static GPtrArray *kept;

static void *keep(void *what)
{
	if (!kept)
		kept = g_ptr_array_new();
	g_ptr_array_add(kept, what);
	return what;
}

char *bytes_keep_text(char *text)
{
	return keep(text);
}

void bytes_add(GByteArray *to, const char *hex)
{
	while (*hex) {
		uint8_t byte;

		if (g_ascii_isspace(*hex)) {
			hex++;
			continue;
		}
		byte = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
		g_byte_array_append(to, &byte, 1);
		hex += 2;
	}
}

GByteArray *bytes_of(const char *hex)
{
	GByteArray *bytes = keep(g_byte_array_new());

	bytes_add(bytes, hex);
	return bytes;
}

void bytes_add_array(GByteArray *to, const GByteArray *more)
{
	g_byte_array_append(to, more->data, more->len);
}

void bytes_add_be(GByteArray *to, uint64_t n, unsigned size)
{
	while (size--) {
		uint8_t byte = (uint8_t)(n >> 8 * size);

		g_byte_array_append(to, &byte, 1);
	}
}

void bytes_add_le(GByteArray *to, uint64_t n, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(n >> 8 * i);

		g_byte_array_append(to, &byte, 1);
	}
}

GByteArray *bytes_fragment(
	uint8_t protocol, const GByteArray *body, uint16_t id, unsigned offset, gboolean more)
{
	GByteArray *ip = bytes_of("4500");
	uint16_t sum;

	bytes_add_be(ip, 20 + body->len, 2);
	bytes_add_be(ip, id, 2);
	bytes_add_be(ip, offset / 8 | (more ? 0x2000 : 0), 2);
	bytes_add_be(ip, 64, 1);
	bytes_add_be(ip, protocol, 1);
	bytes_add(ip, "0000 c0000201 c6336402");
	sum = wire_sum_finish(wire_sum(ip->data, 20, 0));
	ip->data[10] = (uint8_t)(sum >> 8);
	ip->data[11] = (uint8_t)sum;
	bytes_add_array(ip, body);
	return ip;
}

GByteArray *bytes_ipv4(uint8_t protocol, const GByteArray *body)
{
	return bytes_fragment(protocol, body, 1, 0, FALSE);
}

GByteArray *bytes_ipv6(uint8_t next, const GByteArray *body)
{
	GByteArray *ip = bytes_of("60000000");

	bytes_add_be(ip, body->len, 2);
	bytes_add_be(ip, next, 1);
	bytes_add(ip, "40 20010db8000000000000000000000001 20010db8000000000000000000000002");
	bytes_add_array(ip, body);
	return ip;
}

GByteArray *bytes_tcp(unsigned version, unsigned flags, unsigned payload)
{
	struct tcpsim_segment s = {.src_port = 40000,
		.dst_port = 80,
		.seq = {1000},
		.ack = {2000},
		.flags = (uint16_t)flags,
		.window = 65535,
		.ip_version = (uint8_t)version,
		.len = payload};
	uint8_t headers[TCPSIM_HEADERS_MAX], *text = g_malloc(payload + 1);
	GByteArray *tcp = bytes_of("");
	size_t len, ip = version == 4 ? 20 : 40;

	tcpsim_addr_parse(version == 4 ? "192.0.2.1" : "2001:db8::1", &s.src);
	tcpsim_addr_parse(version == 4 ? "198.51.100.2" : "2001:db8::2", &s.dst);
	memset(text, 'x', payload);
	len = wire_build_headers(&s, 1, false, text, headers);
	g_byte_array_append(tcp, headers + ip, (guint)(len - ip));
	g_byte_array_append(tcp, text, payload);
	g_free(text);
	return tcp;
}

char *bytes_to_file(const GByteArray *bytes)
{
	char *path = keep(g_build_filename(g_get_tmp_dir(), "tcpsim-test-XXXXXX", NULL));
	int fd = g_mkstemp(path);

	if (fd < 0 || write(fd, bytes->data, bytes->len) != (ssize_t)bytes->len)
		g_error("%s cannot be written", path);
	close(fd);
	return path;
}

void bytes_add_block(GByteArray *to, uint32_t type, const GByteArray *body)
{
	uint32_t pad = -body->len & 3;

	bytes_add_le(to, type, 4);
	bytes_add_le(to, body->len + pad + 12, 4);
	bytes_add_array(to, body);
	bytes_add_le(to, 0, pad);
	bytes_add_le(to, body->len + pad + 12, 4);
}
