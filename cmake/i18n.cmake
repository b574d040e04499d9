# Catalogues of messages: po/LANGUAGE.po becomes locale/LANGUAGE/LC_MESSAGES/earshot.mo in the build tree, where a program
# run from there finds it, and is installed from there.
find_program(EARSHOT_MSGFMT msgfmt)
set(EARSHOT_CATALOGUES)
if(EARSHOT_MSGFMT)
    file(GLOB po_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/po/*.po)
    foreach(po ${po_files})
        get_filename_component(language ${po} NAME_WE)
        set(folder ${PROJECT_BINARY_DIR}/locale/${language}/LC_MESSAGES)
        add_custom_command(
            OUTPUT ${folder}/earshot.mo
            COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
            COMMAND ${EARSHOT_MSGFMT} --check -o ${folder}/earshot.mo ${po}
            DEPENDS ${po}
            VERBATIM)
        list(APPEND EARSHOT_CATALOGUES ${folder}/earshot.mo)
        install(FILES ${folder}/earshot.mo DESTINATION ${CMAKE_INSTALL_LOCALEDIR}/${language}/LC_MESSAGES)
    endforeach()
else()
    message(WARNING "msgfmt (package gettext) is missing: messages will be in English only")
endif()
add_custom_target(catalogues ALL DEPENDS ${EARSHOT_CATALOGUES})
add_dependencies(earshot catalogues)
if(TARGET app_tests)
    add_dependencies(app_tests catalogues)
endif()
target_compile_definitions(earshot_app PRIVATE EARSHOT_LOCALE_FOLDER="${CMAKE_INSTALL_FULL_LOCALEDIR}")
