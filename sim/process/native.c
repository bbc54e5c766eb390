/* What a process of a kernel host knows of itself. See native.h. */
#include "process/native.h"

#include <errno.h>
#include <stddef.h>

static const struct native_self *own; /* set once, in a process that was just forked */

void native_become(const struct native_self *self)
{
	own = self;
}

const struct native_self *native_self(void)
{
	return own;
}

void native_call(void)
{
	if (own)
		own->call();
	errno = ENOSYS;
}
