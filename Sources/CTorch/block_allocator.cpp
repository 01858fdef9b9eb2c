// Memory of large tensors.
//
// From malloc's heap, where the holes that freed tensors leave seldom fit the next ones, a step at the published size needed
// 3.7 GB beside its weights; given back to the system at once, new pages for each tensor cost up to a sixth of a step. So each
// large tensor has a block of its own, and a block that is freed waits for the next tensor of its size, but only as long as
// all blocks together are little more than tensors once needed at the same time.
#include "internal.h"

#include <c10/core/CPUAllocator.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <list>
#include <mutex>
#include <unordered_map>

namespace {

constexpr size_t hugePage = size_t(2) << 20;
/// Tensors of this many bytes have a block of their own.
constexpr size_t smallestBlock = hugePage;

/// So much more may wait: else layers whose sizes alternate would take each other's blocks away.
constexpr size_t spare = size_t(64) << 20;

size_t roundedUp(size_t count, size_t unit) { return (count + unit - 1) / unit * unit; }

size_t pageSize() {
    static const size_t size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return size;
}

/// New memory that begins at a huge page, as far as the system can; null without room.
void *mapped(size_t size) {
    const size_t whole = size + hugePage;
    void *start = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return nullptr;
    const auto address = reinterpret_cast<uintptr_t>(start);
    const size_t before = roundedUp(address, hugePage) - address;
    if (before > 0) munmap(start, before);
    char *block = static_cast<char *>(start) + before;
    if (const size_t behind = whole - before - size; behind > 0) munmap(block + size, behind);
#if defined(MADV_HUGEPAGE)
    madvise(block, size, MADV_HUGEPAGE);
#endif
    return block;
}

class BlockAllocator final : public c10::Allocator {
public:
    explicit BlockAllocator(c10::Allocator *small) : small(small) {}

    c10::DataPtr allocate(size_t count) override {
        if (count < smallestBlock) {
            c10::DataPtr memory = small->allocate(count);
            void *data = memory.release_context();
            return {data, data, &release, c10::DeviceType::CPU};
        }
        void *data = take(roundedUp(count, pageSize()));
        TORCH_CHECK(data, "can't allocate memory: ", count, " bytes");
        return {data, data, &release, c10::DeviceType::CPU};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &release; }

    void copy_data(void *target, const void *source, size_t count) const override {
        default_copy_data(target, source, count);
    }

    /// Gives all blocks that wait back to the system; from now on, what tensors need at the same time counts anew.
    void trim() {
        std::lock_guard<std::mutex> guard(lock);
        giveBack(0);
        most = used;
    }

    static BlockAllocator *shared;

private:
    struct Block {
        void *data;
        size_t size;
    };
    using Blocks = std::list<Block>;

    c10::Allocator *const small;
    std::mutex lock;
    /// Blocks that tensors have, and where they stand, by address.
    Blocks taken;
    std::unordered_map<void *, Blocks::iterator> places;
    /// Blocks that wait, the longest first, and where they stand, by size; they and no others.
    Blocks queue;
    std::multimap<size_t, Blocks::iterator> bySize;
    size_t used = 0;
    size_t waiting = 0;
    /// The most that `used` ever was.
    size_t most = 0;

    /// Null without memory.
    void *take(size_t size) {
        std::lock_guard<std::mutex> guard(lock);
        // A block that is a little too large will do.
        auto found = bySize.lower_bound(size);
        if (found == bySize.end() || found->first > size + size / 16) {
            // One that would go to the system will do, too, without its end: pages of this process need not be cleared.
            const size_t limit = std::max(most, used + size) + spare - (used + size);
            found = waiting > limit ? shortened(size, waiting - limit) : bySize.end();
            if (found == bySize.end()) giveBack(limit);
        }
        if (found == bySize.end()) {
            // All that can fail comes before anything changes.
            Blocks block(1);
            block.front() = {mapped(size), size};
            if (!block.front().data) {
                giveBack(0);
                block.front().data = mapped(size);
            }
            if (!block.front().data) return nullptr;
            try {
                places.emplace(block.front().data, block.begin());
            } catch (...) {
                munmap(block.front().data, size);
                throw;
            }
            taken.splice(taken.end(), block);
        } else {
            const auto place = found->second;
            places.emplace(place->data, place);
            waiting -= place->size;
            bySize.erase(found);
            taken.splice(taken.end(), queue, place);
        }
        used += taken.back().size;
        most = std::max(most, used);
        return taken.back().data;
    }

    void free(void *data) {
        // Blocks begin at a page, few others do.
        if (reinterpret_cast<uintptr_t>(data) % pageSize() == 0) {
            std::lock_guard<std::mutex> guard(lock);
            auto found = places.find(data);
            if (found != places.end()) {
                const auto place = found->second;
                places.erase(found);
                used -= place->size;
                try {
                    bySize.emplace(place->size, place);
                } catch (...) {  // no memory to remember it with
                    munmap(data, place->size);
                    taken.erase(place);
                    return;
                }
                waiting += place->size;
                queue.splice(queue.end(), taken, place);
                return;
            }
        }
        small->raw_deleter()(data);
    }

    /// The first larger one of the blocks that have waited longest and hold so many bytes together, with its end given back.
    std::multimap<size_t, Blocks::iterator>::iterator shortened(size_t size, size_t excess) {
        auto place = queue.begin();
        for (size_t passed = 0; place->size <= size; ++place) {
            passed += place->size;
            if (passed >= excess) return bySize.end();
        }
        const auto found = bySize.emplace(size, place);  // what can fail comes first
        if (munmap(static_cast<char *>(place->data) + size, place->size - size) != 0) {
            bySize.erase(found);
            return bySize.end();
        }
        bySize.erase(entry(place));
        waiting -= place->size - size;
        place->size = size;
        return found;
    }

    /// Where a block that waits stands by its size.
    std::multimap<size_t, Blocks::iterator>::iterator entry(Blocks::iterator place) {
        auto found = bySize.lower_bound(place->size);
        while (found->second != place) ++found;
        return found;
    }

    /// Unmaps blocks, those that have waited longest first, until no more than `limit` bytes wait.
    void giveBack(size_t limit) {
        while (waiting > limit) {
            bySize.erase(entry(queue.begin()));
            waiting -= queue.front().size;
            munmap(queue.front().data, queue.front().size);
            queue.pop_front();
        }
    }

    static void release(void *data) { shared->free(data); }
};

BlockAllocator *BlockAllocator::shared = nullptr;

}  // namespace

namespace st {

void useBlockAllocator() {
    static std::once_flag once;
    std::call_once(once, [] {
        // Lives as long as the process, as tensors may.
        BlockAllocator::shared = new BlockAllocator(c10::GetDefaultCPUAllocator());
        c10::SetCPUAllocator(BlockAllocator::shared, 255);
    });
}

void trimBlocks() {
    if (BlockAllocator::shared) BlockAllocator::shared->trim();
}

}  // namespace st
