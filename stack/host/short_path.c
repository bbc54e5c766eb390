#include <host/short_path.h>

void host_take_long_way(struct tcpsim_host *host)
{
	host->long_way = true;
}
