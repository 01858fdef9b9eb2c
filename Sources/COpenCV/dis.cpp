#include <exception>
#include <mutex>
#include <new>
#include <string>

#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "COpenCV.h"

namespace {

thread_local std::string last_error;

/// Runs `body` and turns every C++ exception into a status and a message.
template <typename Body>
SOStatus guarded(Body body) {
    try {
        body();
        return SO_OK;
    } catch (const cv::Exception &error) {
        last_error = error.err.empty() ? error.what() : error.err;
        return error.code == cv::Error::StsNoMem ? SO_OUT_OF_MEMORY : SO_ERROR;
    } catch (const std::bad_alloc &) {
        last_error = "the system has no memory left";
        return SO_OUT_OF_MEMORY;
    } catch (const std::exception &error) {
        last_error = error.what();
        return SO_ERROR;
    } catch (...) {
        last_error = "unknown C++ exception";
        return SO_ERROR;
    }
}

cv::Mat grey(const uint8_t *pixels, int32_t width, int32_t height) {
    // OpenCV has no type for memory that is only read; cvtColor does not write to its source.
    cv::Mat colour(height, width, CV_8UC3, const_cast<uint8_t *>(pixels));
    cv::Mat result;
    cv::cvtColor(colour, result, cv::COLOR_RGB2GRAY);
    return result;
}

int preset_code(SOPreset preset) {
    switch (preset) {
        case SO_ULTRAFAST: return cv::DISOpticalFlow::PRESET_ULTRAFAST;
        case SO_FAST: return cv::DISOpticalFlow::PRESET_FAST;
        case SO_MEDIUM: return cv::DISOpticalFlow::PRESET_MEDIUM;
    }
    CV_Error(cv::Error::StsBadArg, "unknown preset");
}

}  // namespace

extern "C" {

const char *so_last_error(void) { return last_error.c_str(); }

const char *so_version(void) {
    static const std::string version = cv::getVersionString();
    return version.c_str();
}

SOStatus so_dis_flow(
    const uint8_t *first, const uint8_t *second, int32_t width, int32_t height, SOPreset preset, float *flow) {
    return guarded([&] {
        // The search hands results from patch to patch inside a stripe of rows, and there is a stripe for each thread: with
        // more than one the flow would depend on the machine.
        static std::once_flag once;
        std::call_once(once, [] { cv::setNumThreads(1); });
        auto search = cv::DISOpticalFlow::create(preset_code(preset));
        cv::Mat vectors;
        search->calc(grey(first, width, height), grey(second, width, height), vectors);
        CV_Assert(vectors.type() == CV_32FC2 && vectors.rows == height && vectors.cols == width);
        cv::Mat planes[2] = {
            cv::Mat(height, width, CV_32FC1, flow),
            cv::Mat(height, width, CV_32FC1, flow + static_cast<size_t>(width) * height)};
        cv::split(vectors, planes);
    });
}

}  // extern "C"
