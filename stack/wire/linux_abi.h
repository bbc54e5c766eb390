/*
 * What programs see of a socket that only Linux's headers declare: ioctl numbers, the records of
 * the error queue, time stamps, TCP_CC_INFO. The stack includes <linux/...> here alone, so that a
 * port to another system writes this one file anew: with the same numbers and layouts, as they are
 * part of what the model's programs read.
 */
#ifndef TCPSIM_WIRE_LINUX_ABI_H
#define TCPSIM_WIRE_LINUX_ABI_H

#include <time.h> /* errqueue.h needs it */

#include <linux/errqueue.h>
#include <linux/inet_diag.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>

#endif
