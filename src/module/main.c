// SPDX-License-Identifier: GPL-2.0
/*
 * Without an SVSM that has the protocol there is nothing to drive: say so, and do
 * not load.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cc_platform.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/module.h>

#include <asm/sev.h>

#include "call.h"
#include "device.h"
#include "measure.h"
#include "protocol.h"

u32 measure_protocol = MEASURE_PROTOCOL;
module_param_named(protocol, measure_protocol, uint, 0444);
MODULE_PARM_DESC(protocol, "Number of the SVSM's measurement protocol (default 0x80004D53)");

static int have_svsm(void)
{
	if (!cc_platform_has(CC_ATTR_GUEST_SEV_SNP)) {
		pr_err("no SVSM: this is not an SEV-SNP guest\n");
		return -ENODEV;
	}
	if (!snp_vmpl) {
		pr_err("no SVSM: this SEV-SNP guest runs at VMPL0\n");
		return -ENODEV;
	}
	return 0;
}

static int have_protocol(struct svsm_measure_query *query)
{
	int ret = measure_query(query);

	if (ret == -EOPNOTSUPP) {
		pr_err("the SVSM does not have the measurement protocol (number 0x%08x)\n",
		       measure_protocol);
		return ret;
	}
	if (ret) {
		pr_err("cannot ask the SVSM for the measurement protocol: error %d, RAX 0x%llx\n",
		       ret, query->svsm_code);
		return ret;
	}
	if (query->version < MEASURE_VERSION || !query->max_ranges) {
		pr_err("protocol 0x%08x of the SVSM is another one: version %llu, %u ranges\n",
		       measure_protocol, query->version, query->max_ranges);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int __init measure_init(void)
{
	struct svsm_measure_query query = {};
	int ret;

	ret = have_svsm();
	if (ret)
		return ret;
	ret = have_protocol(&query);
	if (ret)
		return ret;
	measure_max_ranges = query.max_ranges;

	ret = measure_device_register();
	if (ret)
		return ret;
	pr_info("protocol 0x%08x version %llu of the SVSM, this guest at VMPL%u%s\n",
		measure_protocol, query.version, query.vmpl,
		measure_resumable() ? "" : ", calls cannot be interrupted");
	return 0;
}
module_init(measure_init);

static void __exit measure_exit(void)
{
	measure_device_deregister();
}
module_exit(measure_exit);

MODULE_DESCRIPTION("Lets the SVSM of an SEV-SNP guest measure memory");
MODULE_AUTHOR("svsm-testbed maintainers <maintainers@svsm-testbed.example>");
MODULE_LICENSE("GPL");
