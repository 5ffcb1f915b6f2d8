"""The lab's mirror of the Debian packages that features install in guests."""
