/* What leaves the modules of a host: packets, and events. */
#include <host/host.h>
#include <host/output.h>
#include <host/routes.h>
#include <host/wheel.h>

void host_send(struct tcpsim_host *host, struct tcpsim_packet *packet)
{
	struct tcpsim_packet ***last = &host->out_last;

	packet->next = NULL;
	packet->time_ns = host->now;
	if (packet->interface == HOST_LOOPBACK) {
		last = &host->loop.last;
		wheel_arm(host, &host->loop.timer, host->now);
	} else if (!interface_is_up(host, packet->interface)) {
		tcpsim_packet_free(packet);
		return;
	}
	**last = packet;
	*last = &packet->next;
}

void host_event(struct tcpsim_host *host, struct tcpsim_event *event)
{
	if (!host_listens(host))
		return;
	event->time_ns = host->now;
	event->host = host->config.id;
	host->entry.in_event = true;
	host->config.on_event(host->config.context, event);
	host->entry.in_event = false;
}
