// One boxed call for every operator that LibTorch registers.
#include "internal.h"

#include <exception>
#include <utility>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <unordered_map>
#include <vector>

using c10::IValue;

namespace {

thread_local std::vector<IValue> pending;
// Why one of them could not be kept; the call reports it.
thread_local std::exception_ptr pending_failure;

// Keeps an argument; no exception leaves.
template <class Body> void push(Body body) noexcept {
    try {
        body();
    } catch (...) {
        pending_failure = std::current_exception();
    }
}

/// Operators by the address of their name, which callers pass as a literal; one table per thread, so without a lock.
const c10::OperatorHandle &find(const char *name, const char *overload) {
    struct Key {
        const char *name;
        const char *overload;
        bool operator==(const Key &other) const { return name == other.name && overload == other.overload; }
    };
    struct Hash {
        size_t operator()(const Key &key) const {
            return std::hash<const void *>()(key.name) ^ (std::hash<const void *>()(key.overload) << 1);
        }
    };
    thread_local std::unordered_map<Key, c10::OperatorHandle, Hash> table;
    auto found = table.find({name, overload});
    if (found != table.end()) return found->second;
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    TORCH_CHECK(handle.has_value(), "LibTorch has no operator ", name, ".", overload);
    return table.emplace(Key{name, overload}, *handle).first->second;
}

/// Gives a pushed value the exact type that the schema asks for.
IValue coerced(IValue value, const c10::TypePtr &declared) {
    auto type = declared;
    if (auto optional = type->cast<c10::OptionalType>()) {
        if (value.isNone()) return value;
        type = optional->getElementType();
    }
    switch (type->kind()) {
        case c10::TypeKind::FloatType:
            if (value.isInt()) return IValue(static_cast<double>(value.toInt()));
            return value;
        case c10::TypeKind::TensorType:
            if (value.isNone()) return IValue(at::Tensor());
            return value;
        case c10::TypeKind::ListType: {
            auto element = type->expectRef<c10::ListType>().getElementType();
            if (value.isTensorList() && element->kind() == c10::TypeKind::OptionalType) {
                c10::List<std::optional<at::Tensor>> list;
                for (const at::Tensor &tensor : value.toTensorVector()) {
                    list.push_back(tensor.defined() ? std::optional<at::Tensor>(tensor) : std::nullopt);
                }
                return IValue(std::move(list));
            }
            if (value.isIntList() && element->kind() == c10::TypeKind::FloatType) {
                c10::List<double> list;
                for (int64_t number : value.toIntVector()) list.push_back(static_cast<double>(number));
                return IValue(std::move(list));
            }
            if (value.isDoubleList() && element->kind() == c10::TypeKind::OptionalType &&
                element->expectRef<c10::OptionalType>().getElementType()->kind() == c10::TypeKind::NumberType) {
                c10::List<std::optional<at::Scalar>> list;
                for (double number : value.toDoubleVector()) list.push_back(at::Scalar(number));
                return IValue(std::move(list));
            }
            return value;
        }
        default:
            return value;
    }
}

void collect(const IValue &value, STTensor *results, int64_t capacity, int64_t *count) {
    auto add = [&](const at::Tensor &tensor) {
        TORCH_CHECK(*count < capacity, "the operator returned more than ", capacity, " tensors");
        if (tensor.defined()) results[(*count)++] = st::give(tensor);
    };
    if (value.isTensor()) {
        add(value.toTensor());
    } else if (value.isTensorList()) {
        for (const at::Tensor &tensor : value.toTensorVector()) add(tensor);
    }
}

}  // namespace

extern "C" {

void st_push_none(void) {
    push([] { pending.emplace_back(); });
}
void st_push_tensor(STTensor tensor) {
    push([&] { pending.emplace_back(st::borrow(tensor)); });
}
void st_push_int(int64_t value) {
    push([&] { pending.emplace_back(value); });
}
void st_push_double(double value) {
    push([&] { pending.emplace_back(value); });
}
void st_push_bool(bool value) {
    push([&] { pending.emplace_back(value); });
}
void st_push_string(const char *value) {
    push([&] { pending.emplace_back(std::string(value)); });
}

void st_push_ints(const int64_t *values, int64_t count) {
    push([&] { pending.emplace_back(std::vector<int64_t>(values, values + count)); });
}

void st_push_doubles(const double *values, int64_t count) {
    push([&] { pending.emplace_back(std::vector<double>(values, values + count)); });
}

void st_push_tensors(const STTensor *tensors, int64_t count) {
    push([&] {
        std::vector<at::Tensor> list;
        list.reserve(count);
        for (int64_t i = 0; i < count; ++i) {
            list.push_back(tensors[i] ? st::borrow(tensors[i]) : at::Tensor());
        }
        pending.emplace_back(std::move(list));
    });
}

void st_push_device(int32_t type, int32_t index) {
    push([&] {
        auto kind = type == 1 ? c10::DeviceType::CUDA : c10::DeviceType::CPU;
        pending.emplace_back(type == 1 ? c10::Device(kind, static_cast<c10::DeviceIndex>(index)) : c10::Device(kind));
    });
}

STStatus st_call(const char *name, const char *overload, STTensor *results, int64_t capacity, int64_t *count) {
    auto stack = std::move(pending);
    pending.clear();
    *count = 0;
    auto failure = std::exchange(pending_failure, nullptr);
    auto status = st::guarded([&] {
        if (failure) std::rethrow_exception(failure);
        const auto &operation = find(name, overload);
        const auto &arguments = operation.schema().arguments();
        TORCH_CHECK(
            stack.size() <= arguments.size(), name, " takes ", arguments.size(), " arguments, not ", stack.size());
        for (size_t i = 0; i < stack.size(); ++i) stack[i] = coerced(std::move(stack[i]), arguments[i].type());
        for (size_t i = stack.size(); i < arguments.size(); ++i) {
            const auto &fallback = arguments[i].default_value();
            TORCH_CHECK(fallback.has_value(), name, " needs a value for '", arguments[i].name(), "'");
            stack.push_back(coerced(*fallback, arguments[i].type()));
        }
        operation.callBoxed(&stack);
        for (const auto &value : stack) collect(value, results, capacity, count);
    });
    if (status != ST_OK) {
        for (int64_t i = 0; i < *count; ++i) st_release(results[i]);
        *count = 0;
    }
    stack.clear();
    if (pending.capacity() == 0) pending = std::move(stack);  // keep the buffer for the next call
    return status;
}

}  // extern "C"
