// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/svsm-measure
 */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "device.h"
#include "measure.h"

static int open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static long query(void __user *user)
{
	struct svsm_measure_query arg;
	int ret;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.size != sizeof(arg))
		return -EINVAL;
	ret = measure_query(&arg);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : ret;
}

static long get_key(void __user *user)
{
	struct svsm_measure_key arg;
	int ret;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.size != sizeof(arg))
		return -EINVAL;
	ret = measure_get_key(&arg);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : ret;
}

static long measure(void __user *user)
{
	struct svsm_measure_measure arg;
	int ret;

	if (copy_from_user(&arg, user, sizeof(arg)))
		return -EFAULT;
	if (arg.size != sizeof(arg))
		return -EINVAL;
	ret = measure_measure(&arg);
	return copy_to_user(user, &arg, sizeof(arg)) ? -EFAULT : ret;
}

static long ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case SVSM_MEASURE_IOC_QUERY:
		return query(user);
	case SVSM_MEASURE_IOC_GET_KEY:
		return get_key(user);
	case SVSM_MEASURE_IOC_MEASURE:
		return measure(user);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = open,
	.unlocked_ioctl = ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "svsm-measure",
	.fops = &operations,
	.mode = 0600,
};

int measure_device_register(void)
{
	return misc_register(&device);
}

void measure_device_deregister(void)
{
	misc_deregister(&device);
}
