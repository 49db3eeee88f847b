// Files of the terminal's sandbox. What is written lies in the terminal's buffer until FileFlush or FileClose: a kill loses
// it. `torn` lets the next flush write only so many bytes and then kills.
#pragma once
#include "state.hpp"
#include "strings.hpp"
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace shim {
struct OpenFile {
  int fd = -1;
  int flags = 0;
  char delimiter = '\t';
  std::string content;
  size_t at = 0;
  std::vector<std::pair<size_t, std::string>> pending;
};
inline std::map<int, OpenFile> files;
inline int nextFile = 1;
inline long tornAfter = -1;
inline int failWrites = 0;

inline std::string sandboxed(const string &name, int flags) {
  std::string path = name.shimText();
  std::replace(path.begin(), path.end(), '\\', '/');
  if (path.find("..") != std::string::npos || (!path.empty() && path[0] == '/')) fault("a file outside the sandbox: " + path);
  return ((flags & FILE_COMMON) ? terminal.commonFolder : terminal.folder) + "/" + path;
}
inline void makeFolders(const std::string &path) {
  for (size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) ::mkdir(path.substr(0, at).c_str(), 0700);
}
inline OpenFile *opened(int handle) {
  const auto found = files.find(handle);
  if (found != files.end()) return &found->second;
  lastError = ERR_INVALID_FILEHANDLE;
  return nullptr;
}
inline bool writeOut(OpenFile &file, bool sync) {
  for (const auto &[at, bytes] : file.pending) {
    if (tornAfter >= 0) {
      const size_t n = std::min((size_t)tornAfter, bytes.size());
      if (::pwrite(file.fd, bytes.data(), n, (off_t)at) >= 0) ::fsync(file.fd);
      Event("trap").put("point", "file.torn").put("does", "kill").say();
      raise(SIGKILL);
    }
    if (::pwrite(file.fd, bytes.data(), bytes.size(), (off_t)at) != (ssize_t)bytes.size()) return false;
  }
  if (!file.pending.empty()) passes("file.written");
  file.pending.clear();
  if (sync) ::fsync(file.fd);
  return true;
}
inline uint put(OpenFile &file, const std::string &bytes) {
  if (!(file.flags & FILE_WRITE)) {
    lastError = ERR_FILE_NOTTOWRITE;
    return 0;
  }
  if (failWrites > 0) {
    failWrites--;
    lastError = ERR_FILE_WRITEERROR;
    return 0;
  }
  if (file.content.size() < file.at + bytes.size()) file.content.resize(file.at + bytes.size(), '\0');
  file.content.replace(file.at, bytes.size(), bytes);
  file.pending.emplace_back(file.at, bytes);
  file.at += bytes.size();
  return (uint)bytes.size();
}
inline size_t take(OpenFile &file, void *to, size_t wanted) {
  if (!(file.flags & FILE_READ)) {
    lastError = ERR_FILE_NOTTOREAD;
    return 0;
  }
  const size_t n = std::min(wanted, file.content.size() - std::min(file.at, file.content.size()));
  std::memcpy(to, file.content.data() + file.at, n);
  file.at += n;
  if (n < wanted) lastError = ERR_FILE_READERROR;
  return n;
}
} // namespace shim

inline int FileOpen(const string &name, int flags, short delimiter = '\t', uint codepage = CP_ACP) {
  (void)codepage;
  if (!(flags & (FILE_READ | FILE_WRITE))) {
    shim::lastError = ERR_INVALID_PARAMETER;
    return INVALID_HANDLE;
  }
  if (!(flags & FILE_BIN) && !(flags & FILE_ANSI)) shim::fault("a text file wants FILE_ANSI here");
  const std::string path = shim::sandboxed(name, flags);
  const bool writes = flags & FILE_WRITE, reads = flags & FILE_READ;
  if (writes) shim::makeFolders(path);
  const int fd = ::open(path.c_str(), (writes ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0600);
  if (fd < 0) {
    shim::lastError = errno == ENOENT ? ERR_FILE_NOT_EXIST : ERR_CANNOT_OPEN_FILE;
    return INVALID_HANDLE;
  }
  const bool shared = writes ? (flags & FILE_SHARE_WRITE) != 0 : (flags & (FILE_SHARE_READ | FILE_SHARE_WRITE)) != 0;
  if (::flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    ::close(fd);
    shim::lastError = ERR_CANNOT_OPEN_FILE;
    return INVALID_HANDLE;
  }
  if (writes && !reads && ::ftruncate(fd, 0) != 0) shim::lastError = ERR_FILE_CANNOT_REWRITE;
  shim::OpenFile file;
  file.fd = fd;
  file.flags = flags;
  file.delimiter = (char)delimiter;
  char block[65536];
  for (ssize_t n; (n = ::read(fd, block, sizeof block)) > 0;) file.content.append(block, (size_t)n);
  const int handle = shim::nextFile++;
  shim::files[handle] = file;
  return handle;
}
inline void FileClose(int handle) {
  if (shim::OpenFile *file = shim::opened(handle)) {
    shim::writeOut(*file, false);
    ::close(file->fd);
    shim::files.erase(handle);
  }
}
inline void FileFlush(int handle) {
  if (shim::OpenFile *file = shim::opened(handle)) {
    shim::writeOut(*file, true);
    shim::passes("file.flush");
  }
}
inline bool FileIsExist(const string &name, int common = 0) {
  struct stat found;
  if (::stat(shim::sandboxed(name, common).c_str(), &found) != 0) return shim::failWith(ERR_FILE_NOT_EXIST);
  if (S_ISDIR(found.st_mode)) return shim::failWith(ERR_FILE_IS_DIRECTORY);
  return true;
}
inline bool FileDelete(const string &name, int common = 0) {
  return ::unlink(shim::sandboxed(name, common).c_str()) == 0 || shim::failWith(ERR_CANNOT_DELETE_FILE);
}
inline bool FileMove(const string &from, int common, const string &to, int mode) {
  const std::string source = shim::sandboxed(from, common), target = shim::sandboxed(to, mode);
  if (::access(source.c_str(), F_OK) != 0) return shim::failWith(ERR_FILE_NOT_EXIST);
  if (!(mode & FILE_REWRITE) && ::access(target.c_str(), F_OK) == 0) return shim::failWith(ERR_FILE_CANNOT_REWRITE);
  // The terminal moves no file that is open.
  const int fd = ::open(source.c_str(), O_RDONLY | O_CLOEXEC);
  const bool free = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (fd >= 0) ::close(fd);
  if (!free) return shim::failWith(ERR_CANNOT_OPEN_FILE);
  shim::makeFolders(target);
  shim::passes("file.move");
  return ::rename(source.c_str(), target.c_str()) == 0 || shim::failWith(ERR_FILE_CANNOT_REWRITE);
}
inline bool FileCopy(const string &from, int common, const string &to, int mode) {
  const std::string source = shim::sandboxed(from, common), target = shim::sandboxed(to, mode);
  if (!(mode & FILE_REWRITE) && ::access(target.c_str(), F_OK) == 0) return shim::failWith(ERR_FILE_CANNOT_REWRITE);
  FILE *in = std::fopen(source.c_str(), "rb");
  if (!in) return shim::failWith(ERR_FILE_NOT_EXIST);
  FILE *out = std::fopen(target.c_str(), "wb");
  char block[4096];
  for (size_t n; out && (n = std::fread(block, 1, sizeof block, in)) > 0;) std::fwrite(block, 1, n, out);
  std::fclose(in);
  if (out) std::fclose(out);
  return out != nullptr || shim::failWith(ERR_CANNOT_OPEN_FILE);
}
inline bool FolderCreate(const string &name, int common = 0) {
  const std::string path = shim::sandboxed(name, common);
  shim::makeFolders(path + "/");
  return true;
}
inline ulong FileSize(int handle) {
  shim::OpenFile *file = shim::opened(handle);
  return file ? file->content.size() : 0;
}
inline ulong FileTell(int handle) {
  shim::OpenFile *file = shim::opened(handle);
  return file ? file->at : 0;
}
inline bool FileSeek(int handle, long offset, ENUM_FILE_POSITION origin) {
  shim::OpenFile *file = shim::opened(handle);
  if (!file) return false;
  const long from = origin == SHIM_SEEK_SET ? 0 : origin == SHIM_SEEK_CUR ? (long)file->at : (long)file->content.size();
  if (from + offset < 0) return shim::failWith(ERR_INVALID_PARAMETER);
  file->at = (size_t)(from + offset);
  return true;
}
inline bool FileIsEnding(int handle) {
  shim::OpenFile *file = shim::opened(handle);
  return !file || file->at >= file->content.size();
}
template <class T> uint FileWriteArray(int handle, const ShimArray<T> &array, int start = 0, int count = WHOLE_ARRAY) {
  static_assert(std::is_trivially_copyable_v<T>, "FileWriteArray takes simple types");
  shim::OpenFile *file = shim::opened(handle);
  const int n = std::min(count < 0 ? array.shimSize() : count, array.shimSize() - start);
  if (!file || n <= 0) return 0;
  if (!(file->flags & FILE_BIN)) {
    shim::lastError = ERR_FILE_NOTBIN;
    return 0;
  }
  return shim::put(*file, std::string((const char *)(array.shimData() + start), (size_t)n * sizeof(T))) / (uint)sizeof(T);
}
template <class T> uint FileReadArray(int handle, ShimArray<T> &array, int start = 0, int count = WHOLE_ARRAY) {
  static_assert(std::is_trivially_copyable_v<T>, "FileReadArray takes simple types");
  shim::OpenFile *file = shim::opened(handle);
  if (!file) return 0;
  const int left = (int)((file->content.size() - std::min(file->at, file->content.size())) / sizeof(T));
  const int n = count < 0 || count > left ? left : count;
  if (n <= 0) return 0;
  if (array.shimSize() < start + n) array.shimResize(start + n);
  return (uint)(shim::take(*file, array.shimData() + start, (size_t)n * sizeof(T)) / sizeof(T));
}
template <class T> uint FileWriteStruct(int handle, const T &value) {
  static_assert(std::is_trivially_copyable_v<T>, "FileWriteStruct takes structures without strings and arrays");
  shim::OpenFile *file = shim::opened(handle);
  return file ? shim::put(*file, std::string((const char *)&value, sizeof value)) : 0;
}
template <class T> uint FileReadStruct(int handle, T &value) {
  static_assert(std::is_trivially_copyable_v<T>, "FileReadStruct takes structures without strings and arrays");
  shim::OpenFile *file = shim::opened(handle);
  return file ? (uint)shim::take(*file, &value, sizeof value) : 0;
}
inline uint FileWriteInteger(int handle, int value, int size = 4) {
  shim::OpenFile *file = shim::opened(handle);
  return file ? shim::put(*file, std::string((const char *)&value, (size_t)size)) : 0;
}
inline int FileReadInteger(int handle, int size = 4) {
  int value = 0;
  shim::OpenFile *file = shim::opened(handle);
  if (file) shim::take(*file, &value, (size_t)size);
  return value;
}
inline uint FileWriteLong(int handle, long value) { return FileWriteStruct(handle, value); }
inline uint FileWriteDouble(int handle, double value) { return FileWriteStruct(handle, value); }
inline long FileReadLong(int handle) {
  long value = 0;
  FileReadStruct(handle, value);
  return value;
}
inline double FileReadDouble(int handle) {
  double value = 0;
  FileReadStruct(handle, value);
  return value;
}
inline uint FileWriteString(int handle, const string &text, int length = -1) {
  shim::OpenFile *file = shim::opened(handle);
  std::string bytes = text.shimText();
  if (length >= 0) bytes.resize((size_t)length, '\0');
  return file ? shim::put(*file, bytes) : 0;
}
inline string FileReadString(int handle, int length = -1) {
  shim::OpenFile *file = shim::opened(handle);
  if (!file) return "";
  std::string out;
  if (length >= 0 && (file->flags & FILE_BIN)) {
    out.resize((size_t)length);
    out.resize(shim::take(*file, out.data(), (size_t)length));
    return string::shimOf(out);
  }
  while (file->at < file->content.size()) {
    const char c = file->content[file->at++];
    if (c == '\n' || ((file->flags & FILE_CSV) && c == file->delimiter)) break;
    if (c != '\r') out.push_back(c);
  }
  return string::shimOf(out);
}
template <class... T> uint FileWrite(int handle, const T &...values) {
  shim::OpenFile *file = shim::opened(handle);
  if (!file) return 0;
  std::string line;
  const std::vector<std::string> parts{shim::told(values)...};
  for (size_t i = 0; i < parts.size(); i++) line += (i && (file->flags & FILE_CSV) ? std::string(1, file->delimiter) : std::string()) + parts[i];
  return shim::put(*file, line + "\r\n");
}

namespace shim {
struct Listing {
  std::vector<std::string> names;
  size_t next = 0;
};
inline std::map<long, Listing> listings;
inline long nextListing = 1;
} // namespace shim
inline bool FileFindNext(long handle, string &name) {
  const auto found = shim::listings.find(handle);
  if (found == shim::listings.end() || found->second.next >= found->second.names.size()) return false;
  name = string::shimOf(found->second.names[found->second.next++]);
  return true;
}
inline long FileFindFirst(const string &filter, string &name, int common = 0) {
  const std::string path = shim::sandboxed(filter, common);
  const size_t cut = path.rfind('/');
  shim::Listing listing;
  if (DIR *folder = ::opendir(path.substr(0, cut).c_str())) {
    while (const dirent *entry = ::readdir(folder))
      if (entry->d_name[0] != '.' && ::fnmatch(path.substr(cut + 1).c_str(), entry->d_name, 0) == 0) listing.names.push_back(entry->d_name);
    ::closedir(folder);
  }
  if (listing.names.empty()) {
    shim::lastError = ERR_FILE_NOT_EXIST;
    return INVALID_HANDLE;
  }
  std::sort(listing.names.begin(), listing.names.end());
  shim::listings[shim::nextListing] = listing;
  FileFindNext(shim::nextListing, name);
  return shim::nextListing++;
}
inline void FileFindClose(long handle) { shim::listings.erase(handle); }
