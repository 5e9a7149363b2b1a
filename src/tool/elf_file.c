#include "elf_file.h"

#include <elf.h>
#include <string.h>

static bool is_inside(const struct buffer *file, uint64_t offset, uint64_t size)
{
	return offset <= file->size && size <= file->size - offset;
}

static bool read_header(const struct buffer *file, Elf64_Ehdr *header)
{
	if (!is_inside(file, 0, sizeof(*header)))
		return false;
	memcpy(header, file->bytes, sizeof(*header));
	return !memcmp(header->e_ident, ELFMAG, SELFMAG) &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_machine == EM_X86_64 &&
	       header->e_shentsize == sizeof(Elf64_Shdr);
}

static bool read_section(const struct buffer *file, const Elf64_Ehdr *header, unsigned int index,
			 Elf64_Shdr *section)
{
	uint64_t offset = header->e_shoff + (uint64_t)index * sizeof(*section);

	if (index >= header->e_shnum || header->e_shoff > file->size ||
	    !is_inside(file, offset, sizeof(*section)))
		return false;
	memcpy(section, file->bytes + offset, sizeof(*section));
	return section->sh_type == SHT_NOBITS ||
	       is_inside(file, section->sh_offset, section->sh_size);
}

static bool is_named(const struct buffer *file, const Elf64_Shdr *names, const Elf64_Shdr *section,
		     const char *name)
{
	size_t size = strlen(name) + 1;

	return section->sh_name <= names->sh_size && size <= names->sh_size - section->sh_name &&
	       !memcmp(file->bytes + names->sh_offset + section->sh_name, name, size);
}

bool find_section(const struct buffer *file, const char *name, struct section *found)
{
	Elf64_Shdr names, section;
	Elf64_Ehdr header;
	unsigned int i;

	if (!read_header(file, &header) || !read_section(file, &header, header.e_shstrndx, &names) ||
	    names.sh_type != SHT_STRTAB)
		return false;
	for (i = 1; i < header.e_shnum; i++) {
		if (!read_section(file, &header, i, &section))
			return false;
		if (!is_named(file, &names, &section, name))
			continue;
		found->bytes = section.sh_type == SHT_NOBITS ? NULL : file->bytes + section.sh_offset;
		found->size = section.sh_size;
		return true;
	}
	return false;
}
